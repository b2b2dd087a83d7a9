# Scheduler sees only that an execution was created; how it ended is the business of alerts.tf.
resource "google_cloud_scheduler_job" "this" {
  for_each = local.released ? var.schedules : {}

  name             = "${local.prefix}-${each.key}"
  region           = var.location
  description      = "Starts the workflow ${each.value.workflow}."
  schedule         = each.value.cron
  time_zone        = "Etc/UTC"
  paused           = each.value.paused
  attempt_deadline = "60s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "30s"
    max_backoff_duration = "300s"
  }

  http_target {
    http_method = "POST"
    uri         = "https://workflowexecutions.googleapis.com/v1/${google_workflows_workflow.this[each.value.workflow].id}/executions"
    body        = base64encode(jsonencode({ argument = each.value.argument }))
    headers     = { "Content-Type" = "application/json" }

    oauth_token {
      service_account_email = google_service_account.identity["scheduler"].email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }

  depends_on = [google_project_iam_member.grant]
}
