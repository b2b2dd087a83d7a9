# What Google accepts only some time after it was made. A wait begins anew when something is added
# to what it waits for; at every other apply it is over.
resource "time_sleep" "metrics" {
  create_duration = "${var.waits.metrics_seconds}s"
  triggers        = { for name, metric in google_logging_metric.this : name => metric.id }
}

resource "time_sleep" "pubsub_agent" {
  create_duration = "${var.waits.grants_seconds}s"

  triggers = {
    for name, grant in google_bigquery_table_iam_member.grant : name => grant.id
    if local.granted.table[name].identity == "pubsub-agent"
  }
}
