import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** RabbitMQ's Java client against the server at RIALTO_AMQP_PORT; started by amqp_java_test.sh. */
class AmqpJavaTest {
  interface Use {
    void run(Connection connection, Channel channel) throws Exception;
  }

  private static final ConnectionFactory factory = new ConnectionFactory();
  private static int failed = 0;

  public static void main(String[] arguments) throws Exception {
    factory.setHost("127.0.0.1");
    factory.setPort(Integer.parseInt(System.getenv("RIALTO_AMQP_PORT")));
    factory.setAutomaticRecoveryEnabled(false);
    check("the Java client knows its server", AmqpJavaTest::server);
    check("publishes are confirmed and consumed in order", AmqpJavaTest::confirms);
    check("properties and headers arrive with their types", AmqpJavaTest::properties);
    check("prefetch, nack and requeue keep the order", AmqpJavaTest::requeue);
    check("a mandatory message without a queue is returned", AmqpJavaTest::returns);
    check("wrong use closes the channel with RabbitMQ's code", AmqpJavaTest::refusals);
    check("a channel is opened again under its number", AmqpJavaTest::reopen);
    System.exit(failed);
  }

  private static void check(String sentence, Use use) throws Exception {
    Connection connection = factory.newConnection();
    try {
      use.run(connection, connection.createChannel());
      System.out.println("ok - " + sentence);
    } catch (Throwable thrown) {
      System.out.println("not ok - " + sentence);
      thrown.printStackTrace(System.out);
      failed = 1;
    }
    connection.abort(5000);
  }

  private static void same(Object wanted, Object got) {
    if (!wanted.equals(got)) throw new AssertionError("wanted " + wanted + ", got " + got);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static BlockingQueue<Delivery> consume(Channel channel, String queue, boolean autoAck)
      throws IOException {
    BlockingQueue<Delivery> got = new LinkedBlockingQueue<>();
    channel.basicConsume(queue, autoAck, new DefaultConsumer(channel) {
      @Override
      public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties,
          byte[] body) {
        got.add(new Delivery(envelope, properties, body));
      }
    });
    return got;
  }

  private static Delivery next(BlockingQueue<Delivery> got) throws InterruptedException {
    Delivery delivery = got.poll(10, TimeUnit.SECONDS);
    if (delivery == null) throw new AssertionError("no message came");
    return delivery;
  }

  static void server(Connection connection, Channel channel) {
    same("Rialto", connection.getServerProperties().get("product").toString());
    same("4.2.0", connection.getServerProperties().get("version").toString());
    same(131072, connection.getFrameMax());
  }

  static void confirms(Connection connection, Channel channel) throws Exception {
    channel.confirmSelect();
    channel.queueDeclare("java-confirms", true, false, false, null);
    for (int i = 0; i < 500; ++i) {
      channel.basicPublish("", "java-confirms", MessageProperties.PERSISTENT_BASIC, bytes("" + i));
    }
    channel.waitForConfirmsOrDie(10_000);
    BlockingQueue<Delivery> got = consume(channel, "java-confirms", true);
    for (int i = 0; i < 500; ++i) same("" + i, text(next(got).getBody()));
    same(0L, channel.messageCount("java-confirms"));
  }

  static void properties(Connection connection, Channel channel) throws Exception {
    String queue = channel.queueDeclare().getQueue();
    Map<String, Object> headers = new HashMap<>();
    headers.put("int", 5);
    headers.put("long", 1L << 40);
    headers.put("double", 0.25);
    headers.put("flag", true);
    AMQP.BasicProperties sent = new AMQP.BasicProperties.Builder().contentType("text/plain")
        .headers(headers).correlationId("c").messageId("m").priority(4).build();
    channel.basicPublish("", queue, sent, bytes("body"));
    GetResponse got = channel.basicGet(queue, true);
    same(headers, got.getProps().getHeaders());
    same("c", got.getProps().getCorrelationId());
    same(4, got.getProps().getPriority());
  }

  static void requeue(Connection connection, Channel channel) throws Exception {
    String queue = channel.queueDeclare().getQueue();
    channel.basicQos(2);
    for (String body : new String[] {"a", "b", "c"}) {
      channel.basicPublish("", queue, null, bytes(body));
    }
    BlockingQueue<Delivery> got = consume(channel, queue, false);
    Delivery a = next(got);
    Delivery b = next(got);
    same(null == got.poll(100, TimeUnit.MILLISECONDS), true);
    channel.basicAck(b.getEnvelope().getDeliveryTag(), false);
    channel.basicNack(a.getEnvelope().getDeliveryTag(), false, true);
    Map<String, Boolean> rest = new HashMap<>();
    for (int i = 0; i < 2; ++i) {
      Delivery delivery = next(got);
      rest.put(text(delivery.getBody()), delivery.getEnvelope().isRedeliver());
    }
    same(Map.of("a", true, "c", false), rest);
  }

  static void returns(Connection connection, Channel channel) throws Exception {
    BlockingQueue<String> returned = new LinkedBlockingQueue<>();
    channel.addReturnListener((code, text, exchange, key, properties, body) ->
        returned.add(code + " " + text + " " + key + " " + text(body)));
    channel.confirmSelect();
    channel.basicPublish("", "nobody", true, null, bytes("lost?"));
    channel.waitForConfirmsOrDie(10_000);
    same("312 NO_ROUTE nobody lost?", returned.poll(10, TimeUnit.SECONDS));
  }

  static void refusals(Connection connection, Channel channel) throws Exception {
    try {
      channel.queueDeclarePassive("java-missing");
      throw new AssertionError("not refused");
    } catch (IOException refused) {
      ShutdownSignalException cause = (ShutdownSignalException) refused.getCause();
      AMQP.Channel.Close close = (AMQP.Channel.Close) cause.getReason();
      same(404, close.getReplyCode());
      same("NOT_FOUND - no queue 'java-missing' in vhost '/'", close.getReplyText());
      same(50, close.getClassId());
      same(10, close.getMethodId());
    }
    same(true, connection.isOpen());
  }

  static void reopen(Connection connection, Channel channel) throws Exception {
    for (int i = 0; i < 100; ++i) {
      Channel again = connection.createChannel(7);
      again.queueDeclare();
      again.close();
    }
  }
}
