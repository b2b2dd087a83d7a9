locals {
  thresholds = jsondecode(file("${local.root}/phase4/tables/thresholds.json"))

  user_metric = "metric.type=\"logging.googleapis.com/user/${local.prefix}"
  on_function = "resource.type=\"cloud_run_revision\""
  on_job      = "resource.type=\"cloud_run_job\""

  to_site = "[Everything on one page](${local.site_address}/index.html)"

  # A threshold closes its incident by itself when the figure is well again or nothing more comes.
  threshold_alerts = {
    coverage-below-minimum = {
      title      = "Coverage below its minimum"
      severity   = "CRITICAL"
      filter     = "${local.user_metric}/wanted_pct\" AND ${local.on_function} AND metric.labels.trigger!=\"wave.completed\""
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_MEAN"
      comparison = "COMPARISON_LT"
      threshold  = local.thresholds.metrics.l4_coverage_pct.minimum
      period     = "3600s"
      fix        = "The alert of the validator names range and reasons. Dates that can be filled: `phase4 run --start-date … --end-date …`; the ceiling in `phase4 status` says what cannot be."
    }
    failed-dates = {
      title      = "Dates failed in a run"
      severity   = "WARNING"
      filter     = "${local.user_metric}/failed_dates\" AND ${local.on_job}"
      aligner    = "ALIGN_PERCENTILE_99"
      reducer    = "REDUCE_MAX"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      by         = ["metric.label.table"]
      fix        = "`phase4 receipt RUN` lists the dates with their reasons; the next run fills what is still a gap."
    }
    failed-tasks = {
      title      = "Tasks of the job failed"
      severity   = "WARNING"
      filter     = "${local.user_metric}/failed_tasks\" AND ${local.on_job}"
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      fix        = "Read the log of the execution; a retried task that succeeded needs nothing."
    }
    rejected-events = {
      title      = "Messages were refused for good"
      severity   = "WARNING"
      filter     = "${local.user_metric}/rejected_events\" AND ${local.on_function}"
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      fix        = "The reasons are in the table rejected_events; a version of the code that nobody expects is the usual one."
    }
    undelivered-alerts = {
      title      = "An alert channel does not take alerts"
      severity   = "ERROR"
      filter     = "${local.user_metric}/undelivered_alerts\" AND ${local.on_function}"
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      fix        = "The log line names channel and answer. Webhook: rotate it as docs/operations.md says."
    }
    site-not-written = {
      title      = "The site could not be written"
      severity   = "WARNING"
      filter     = "${local.user_metric}/unwritten_sites\" AND ${local.on_function}"
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      fix        = "Verdicts and alerts stand. The log line says what the bucket or BigQuery answered; `phase4 site --publish` writes it, `phase4 doctor` looks at the bucket."
    }
    workflow-failed = {
      title      = "A workflow failed"
      severity   = "ERROR"
      filter     = "metric.type=\"workflows.googleapis.com/finished_execution_count\" AND resource.type=\"workflows.googleapis.com/Workflow\" AND metric.labels.status=\"FAILED\""
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "600s"
      fix        = "`gcloud workflows executions list` names the execution, its error the reason and the next step."
    }
    dead-letters = {
      title      = "Events ended in the dead-letter topic"
      severity   = "ERROR"
      filter     = "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${local.topics.dead-letters}\""
      aligner    = "ALIGN_MAX"
      reducer    = "REDUCE_MAX"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = "300s"
      fix        = "`gcloud pubsub subscriptions pull ${local.topics.dead-letters} --project=${var.project} --limit=100 --auto-ack` shows and takes them. The validator's log says why it failed; once it is mended `phase4 validate` over their dates says what they would have."
    }
    events-wait = {
      title      = "The validator does not keep up"
      severity   = "WARNING"
      filter     = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${local.topics.events}-validator\""
      aligner    = "ALIGN_MAX"
      reducer    = "REDUCE_MAX"
      comparison = "COMPARISON_GT"
      threshold  = 600
      period     = "300s"
      fix        = "Look at the function's errors and instances; a run waits for its snapshot only for a while."
    }
  }

  # Absence reaches back less than a day, so it watches what runs several times a day; a weekly run
  # that does not come is found by the heartbeat that every snapshot looks at.
  watched = { for name, schedule in var.schedules : name => schedule if schedule.watched && !schedule.paused }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.notification_emails

  display_name = "phase4 ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.required]
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = merge(local.threshold_alerts, local.table_alerts)

  display_name          = "phase4: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter                  = each.value.filter
      comparison              = each.value.comparison
      threshold_value         = each.value.threshold
      duration                = "60s"
      evaluation_missing_data = "EVALUATION_MISSING_DATA_INACTIVE"

      aggregations {
        alignment_period     = each.value.period
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
        group_by_fields      = try(each.value.by, [])
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    content   = "${each.value.fix}\n\n${local.to_site}"
    mime_type = "text/markdown"
  }

  depends_on = [time_sleep.metrics]
}

# The validator tells each alert once; this passes on what it tells. Such an incident has no end of
# its own, so it is closed soon: the recovery is a line and a notice too.
resource "google_monitoring_alert_policy" "told" {
  display_name          = "phase4: The validator raised an alert"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = "An alert was opened, escalated or recovered"

    condition_matched_log {
      filter = "${local.validator_log} AND jsonPayload.event=\"alert\""

      label_extractors = {
        scope      = "EXTRACT(jsonPayload.alert.scope)"
        metric     = "EXTRACT(jsonPayload.alert.metric)"
        transition = "EXTRACT(jsonPayload.alert.transition)"
      }
    }
  }

  alert_strategy {
    auto_close = "1800s"

    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    content   = "$${log.extracted_label.transition}: $${log.extracted_label.metric} of $${log.extracted_label.scope}. The log line carries the command that mends it.\n\n${local.to_site}"
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.required]
}

resource "google_monitoring_alert_policy" "silent" {
  for_each = local.watched

  display_name          = "phase4: The schedule ${each.key} is silent"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  conditions {
    display_name = "No execution of ${each.value.workflow} has finished for 23 hours"

    condition_absent {
      filter   = "metric.type=\"workflows.googleapis.com/finished_execution_count\" AND resource.type=\"workflows.googleapis.com/Workflow\" AND resource.labels.workflow_id=\"${each.value.workflow}\""
      duration = "82800s"

      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    content   = "Look at the scheduler job ${local.prefix}-${each.key} and its last attempt; start the workflow by hand with `phase4 health`.\n\n${local.to_site}"
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.required]
}
