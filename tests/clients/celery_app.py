"""The application of celery_test.py, for its worker and its client alike: RIALTO_CELERY says which
type of queue it uses, RIALTO_AMQP_PORT where the broker is."""
import os
import time

from celery import Celery


def make_app(kind, port):
    app = Celery(f"rialto-{kind}", broker=f"amqp://guest:guest@127.0.0.1:{port}//",
                 backend="rpc://")
    app.conf.update(
        task_default_queue=f"celery-{kind}", task_acks_late=True, worker_prefetch_multiplier=1,
        task_reject_on_worker_lost=True, broker_transport_options={"confirm_publish": True},
        broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)
    if kind == "quorum":
        app.conf.update(task_default_queue_type="quorum", task_default_exchange_type="topic",
                        worker_detect_quorum_queues=True,
                        broker_native_delayed_delivery_queue_type="quorum")
    return app


app = make_app(os.environ.get("RIALTO_CELERY", "classic"), os.environ["RIALTO_AMQP_PORT"])


@app.task(name="add")
def add(a, b):
    return a + b


@app.task(name="fail")
def fail():
    raise ValueError("as asked")


@app.task(name="flaky", bind=True, max_retries=3)
def flaky(self, successful_at):
    if self.request.retries < successful_at:
        raise self.retry(countdown=1)
    return self.request.retries


@app.task(name="slow")
def slow(path, seconds):
    with open(path, "a", encoding="utf-8") as out:
        out.write("begun\n")
    time.sleep(seconds)
    return "done"
