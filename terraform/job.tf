resource "google_cloud_run_v2_job" "precompute" {
  count = local.released ? 1 : 0

  name                = local.job
  location            = var.location
  deletion_protection = local.protected

  # The image keeps its revision to itself; `phase4 doctor` reads it here.
  labels = { code-version = var.release.code_version }

  template {
    # A run asks for as many tasks as its wave has shards. parallelism stays unset, all at once: Cloud
    # Run refuses one above the count, also when a run asks for fewer, and no run can change it. The
    # plan bounds the number of tasks (var.job.parallelism).
    task_count = 1

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
