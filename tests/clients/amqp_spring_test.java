import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;
import org.springframework.context.support.GenericApplicationContext;

/** Spring AMQP against the server at RIALTO_AMQP_PORT; started by amqp_spring_test.sh. */
class AmqpSpringTest {
  interface Use {
    void run() throws Exception;
  }

  private static CachingConnectionFactory factory;
  private static RabbitAdmin admin;
  private static RabbitTemplate template;
  private static int failed = 0;

  public static void main(String[] arguments) throws Exception {
    factory = connected();
    admin = new RabbitAdmin(factory);
    template = new RabbitTemplate(factory);
    check("RabbitAdmin declares queues, exchanges and bindings, and again", AmqpSpringTest::admin);
    check("a passive declare of a missing queue leaves the connection", AmqpSpringTest::passive);
    check("publishes are confirmed with their correlation, or returned", AmqpSpringTest::confirms);
    check("a call is answered over direct reply-to", AmqpSpringTest::calls);
    check("a simple container waits for a queue that is not there yet",
        () -> late(new SimpleMessageListenerContainer(factory), "late-simple"));
    check("a direct container waits for a queue that is not there yet",
        () -> late(new DirectMessageListenerContainer(factory), "late-direct"));
    check("a container declares its queue again when it was deleted", AmqpSpringTest::redeclares);
    check("a message whose listener fails is dead-lettered", AmqpSpringTest::deadLetters);
    check("a queue of other arguments is told and left alone", AmqpSpringTest::mismatch);
    factory.destroy();
    System.exit(failed);
  }

  private static CachingConnectionFactory connected() {
    CachingConnectionFactory made = new CachingConnectionFactory(
        "127.0.0.1", Integer.parseInt(System.getenv("RIALTO_AMQP_PORT")));
    made.setPublisherConfirmType(CachingConnectionFactory.ConfirmType.CORRELATED);
    made.setPublisherReturns(true);
    return made;
  }

  private static void check(String sentence, Use use) {
    try {
      use.run();
      System.out.println("ok - " + sentence);
    } catch (Throwable thrown) {
      System.out.println("not ok - " + sentence);
      thrown.printStackTrace(System.out);
      failed = 1;
    }
  }

  private static void same(Object wanted, Object got) {
    if (!wanted.equals(got)) throw new AssertionError("wanted " + wanted + ", got " + got);
  }

  private static <T> T next(BlockingQueue<T> got) throws InterruptedException {
    T next = got.poll(10, TimeUnit.SECONDS);
    if (next == null) throw new AssertionError("nothing came");
    return next;
  }

  private static BlockingQueue<String> listen(
      AbstractMessageListenerContainer container, String... queues) {
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    container.setQueueNames(queues);
    container.setMessageListener((MessageListener) message -> {
      String body = new String(message.getBody());
      got.add(body);
      if (body.equals("bad")) throw new AmqpRejectAndDontRequeueException("bad");
    });
    container.setMissingQueuesFatal(false);
    container.setRecoveryInterval(300);
    if (container instanceof SimpleMessageListenerContainer simple) {
      simple.setDeclarationRetries(1);
      simple.setFailedDeclarationRetryInterval(200);
      simple.setRetryDeclarationInterval(300);
      simple.setReceiveTimeout(200);
    } else if (container instanceof DirectMessageListenerContainer direct) {
      direct.setFailedDeclarationRetryInterval(200);
      direct.setMonitorInterval(300);
    }
    container.afterPropertiesSet();
    container.start();
    return got;
  }

  static void admin() {
    for (int i = 0; i < 3; ++i) {
      Queue queue = QueueBuilder.durable("spring").ttl(60_000).maxLength(1000L).build();
      TopicExchange exchange = new TopicExchange("spring.topic", true, false);
      same("spring", admin.declareQueue(queue));
      admin.declareExchange(exchange);
      admin.declareBinding(BindingBuilder.bind(queue).to(exchange).with("a.#"));
    }
    template.convertAndSend("spring.topic", "a.b", "x");
    same("x", template.receiveAndConvert("spring", 10_000));
    same(true, admin.declareQueue().getName().startsWith("amq.gen-"));
    admin.purgeQueue("spring", false);
  }

  static void passive() {
    for (int i = 0; i < 20; ++i) {
      if (admin.getQueueInfo("spring-missing") != null) throw new AssertionError("it is there");
      same(0L, (long) admin.getQueueInfo("spring").getMessageCount());
    }
  }

  static void confirms() throws Exception {
    template.setMandatory(true);
    for (int i = 0; i < 100; ++i) {
      CorrelationData data = new CorrelationData("" + i);
      template.convertAndSend("", "spring", "m" + i, data);
      same(true, data.getFuture().get(10, TimeUnit.SECONDS).isAck());
    }
    CorrelationData lost = new CorrelationData("lost");
    template.convertAndSend("", "spring-missing", "m", lost);
    same(true, lost.getFuture().get(10, TimeUnit.SECONDS).isAck());
    same(312, lost.getReturned().getReplyCode());
    // Spring closes the channel of a refused publish once more, later and in another thread, when
    // that channel object may serve somebody else already: it has a connection of its own.
    CachingConnectionFactory own = connected();
    CorrelationData refused = new CorrelationData("refused");
    new RabbitTemplate(own).convertAndSend("spring-no-exchange", "k", "m", refused);
    same(false, refused.getFuture().get(10, TimeUnit.SECONDS).isAck());
    own.destroy();
    same(100L, (long) admin.getQueueInfo("spring").getMessageCount());
    admin.purgeQueue("spring", false);
  }

  static void calls() {
    admin.declareQueue(new Queue("spring-calls", false));
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
    container.setQueueNames("spring-calls");
    container.setReceiveTimeout(200);
    RabbitTemplate answers = new RabbitTemplate(factory);
    container.setMessageListener((MessageListener) message -> answers.convertAndSend("",
        message.getMessageProperties().getReplyTo(),
        "re: " + new String(message.getBody()), reply -> {
          reply.getMessageProperties().setCorrelationId(
              message.getMessageProperties().getCorrelationId());
          return reply;
        }));
    container.afterPropertiesSet();
    container.start();
    RabbitTemplate caller = new RabbitTemplate(factory);
    caller.setReplyTimeout(10_000);
    for (int i = 0; i < 20; ++i) {
      same("re: " + i, caller.convertSendAndReceive("", "spring-calls", "" + i));
    }
    container.stop();
  }

  static void late(AbstractMessageListenerContainer container, String queue) throws Exception {
    BlockingQueue<String> got = listen(container, queue);
    Thread.sleep(700);
    same(true, container.isRunning());
    admin.declareQueue(new Queue(queue, true));
    template.convertAndSend("", queue, "at last");
    same("at last", next(got));
    container.stop();
  }

  static void redeclares() throws Exception {
    GenericApplicationContext context = new GenericApplicationContext();
    Queue queue = new Queue("spring-again", true, false, false, Map.of("x-max-length", 10));
    TopicExchange exchange = new TopicExchange("spring.again");
    Binding binding = BindingBuilder.bind(queue).to(exchange).with("#");
    context.registerBean("queue", Queue.class, () -> queue);
    context.registerBean("exchange", TopicExchange.class, () -> exchange);
    context.registerBean("binding", Binding.class, () -> binding);
    RabbitAdmin own = new RabbitAdmin(factory);
    context.registerBean("admin", RabbitAdmin.class, () -> own);
    context.refresh();
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
    container.setApplicationContext(context);
    container.setAmqpAdmin(own);
    BlockingQueue<String> got = listen(container, "spring-again");
    template.convertAndSend("spring.again", "k", "before");
    same("before", next(got));
    for (int i = 0; i < 2; ++i) {
      admin.deleteQueue("spring-again");
      String body = null;
      for (int tries = 0; body == null && tries < 50; ++tries) {
        template.convertAndSend("spring.again", "k", "after");
        body = got.poll(200, TimeUnit.MILLISECONDS);
      }
      same("after", body);
    }
    container.stop();
  }

  static void deadLetters() throws Exception {
    admin.declareQueue(new Queue("spring-dead", true));
    admin.declareQueue(QueueBuilder.durable("spring-work").quorum()
        .deadLetterExchange("").deadLetterRoutingKey("spring-dead").build());
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer(factory);
    BlockingQueue<String> got = listen(container, "spring-work");
    template.convertAndSend("", "spring-work", "good");
    template.convertAndSend("", "spring-work", "bad");
    same("good", next(got));
    same("bad", next(got));
    var dead = template.receive("spring-dead", 10_000);
    same("bad", new String(dead.getBody()));
    List<Map<String, ?>> death = dead.getMessageProperties().getXDeathHeader();
    same("rejected", death.get(0).get("reason"));
    same("spring-work", death.get(0).get("queue"));
    container.stop();
  }

  static void mismatch() {
    try {
      admin.declareQueue(new Queue("spring", true));
      throw new AssertionError("not refused");
    } catch (org.springframework.amqp.AmqpIOException refused) {
      String all = "" + refused.getCause().getCause().getMessage();
      same(true, all.contains("PRECONDITION_FAILED - inequivalent arg"));
    }
    same("spring", admin.getQueueInfo("spring").getName());
  }
}
