// amqplib against the server at RIALTO_AMQP_PORT; started by amqp_amqplib_test.sh.
import assert from 'node:assert/strict';
import amqp from 'amqplib';

const url = `amqp://guest:guest@127.0.0.1:${process.env.RIALTO_AMQP_PORT}`;
let failed = 0;

async function check(sentence, run) {
  const connection = await amqp.connect(url);
  connection.on('error', () => {});
  try {
    await run(connection);
    console.log(`ok - ${sentence}`);
  } catch (error) {
    console.log(`not ok - ${sentence}`);
    console.log(error.stack);
    failed = 1;
  }
  await connection.close().catch(() => {});
}

async function channelOf(connection, kind = 'createChannel') {
  const channel = await connection[kind]();
  channel.on('error', () => {});
  return channel;
}

// The next `count` messages of a consumer.
function take(channel, queue, count, options) {
  return new Promise((resolve, reject) => {
    const got = [];
    const late = setTimeout(() => reject(new Error(`${got.length} of ${count} came`)), 10_000);
    channel.consume(queue, (message) => {
      got.push(message);
      if (got.length === count) {
        clearTimeout(late);
        resolve(got);
      }
    }, options).catch(reject);
  });
}

await check('a message goes through a queue with its properties', async (connection) => {
  const channel = await channelOf(connection);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.sendToQueue(queue, Buffer.from('hello'), {
    contentType: 'text/plain', headers: { n: 7, list: ['a', 1], flag: true }, messageId: 'm1',
    persistent: true, priority: 5, timestamp: 1_700_000_000,
  });
  const [message] = await take(channel, queue, 1);
  assert.equal(message.content.toString(), 'hello');
  assert.equal(message.properties.contentType, 'text/plain');
  assert.deepEqual(message.properties.headers, { n: 7, list: ['a', 1], flag: true });
  assert.equal(message.properties.messageId, 'm1');
  assert.equal(message.properties.deliveryMode, 2);
  assert.equal(message.properties.priority, 5);
  assert.equal(message.properties.timestamp, 1_700_000_000);
  assert.equal(message.fields.redelivered, false);
  channel.ack(message);
});

await check('a thousand publishes are confirmed and come in order', async (connection) => {
  const channel = await channelOf(connection, 'createConfirmChannel');
  await channel.assertQueue('node-confirms', { durable: true });
  for (let i = 0; i < 1000; i += 1) channel.sendToQueue('node-confirms', Buffer.from(`${i}`));
  await channel.waitForConfirms();
  const got = await take(channel, 'node-confirms', 1000, { noAck: true });
  assert.deepEqual(got.map((m) => m.content.toString()), [...Array(1000).keys()].map(String));
});

await check('exchanges route by type', async (connection) => {
  const channel = await channelOf(connection);
  await channel.assertExchange('node-topic', 'topic', { durable: false });
  await channel.assertExchange('node-fanout', 'fanout', { durable: false });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'node-topic', 'a.*.c');
  await channel.bindQueue(queue, 'node-fanout', '');
  channel.publish('node-topic', 'a.b.c', Buffer.from('1'));
  channel.publish('node-topic', 'a.b.d', Buffer.from('lost'));
  channel.publish('node-fanout', 'x', Buffer.from('2'));
  const got = await take(channel, queue, 2, { noAck: true });
  assert.deepEqual(got.map((m) => m.content.toString()), ['1', '2']);
  await channel.unbindQueue(queue, 'node-fanout', '');
  await channel.deleteExchange('node-topic');
});

await check('prefetch, nack and requeue keep the order', async (connection) => {
  const channel = await channelOf(connection);
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.prefetch(2);
  for (const body of ['a', 'b', 'c']) channel.sendToQueue(queue, Buffer.from(body));
  const [a, b] = await take(channel, queue, 2);
  await channel.cancel(a.fields.consumerTag);
  channel.ack(b);
  channel.nack(a, false, true);
  const first = await channel.get(queue, { noAck: true });
  const second = await channel.get(queue, { noAck: true });
  assert.deepEqual([first.content.toString(), second.content.toString()], ['a', 'c']);
  assert.equal(first.fields.redelivered, true);
  assert.equal(await channel.get(queue), false);
});

await check('an unroutable mandatory message comes back', async (connection) => {
  const channel = await channelOf(connection, 'createConfirmChannel');
  const returned = new Promise((resolve) => { channel.once('return', resolve); });
  channel.publish('', 'nobody', Buffer.from('lost?'), { mandatory: true });
  const message = await returned;
  assert.equal(message.fields.replyCode, 312);
  assert.equal(message.content.toString(), 'lost?');
  await channel.waitForConfirms();
});

await check('a missing queue closes the channel with 404', async (connection) => {
  const channel = await channelOf(connection);
  await assert.rejects(channel.checkQueue('node-missing'), /NOT_FOUND - no queue 'node-missing'/);
  const other = await channelOf(connection);
  await other.assertQueue('', { exclusive: true });
});

process.exit(failed);
