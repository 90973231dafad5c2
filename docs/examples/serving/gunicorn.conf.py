"""Settings of gunicorn, which reads this file in the working folder."""

preload_app = True
timeout = 120


def post_worker_init(worker):
    import app

    app.load_classifier()
