resource "google_cloud_run_v2_job" "precompute" {
  count = local.released ? 1 : 0

  name                = local.job
  location            = var.location
  deletion_protection = local.protected

  template {
    # A run asks for as many tasks as its wave has shards; what runs side by side is said here.
    task_count  = var.job.parallelism
    parallelism = var.job.parallelism

    template {
      service_account       = google_service_account.identity["job"].email
      max_retries           = var.job.max_retries
      timeout               = "${var.job.timeout_seconds}s"
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"

      containers {
        image = var.release.image

        dynamic "env" {
          for_each = local.job_environment

          content {
            name  = env.key
            value = env.value
          }
        }

        resources {
          limits = {
            cpu    = var.job.cpu
            memory = var.job.memory
          }
        }
      }
    }
  }

  depends_on = [google_project_iam_member.grant]
}
