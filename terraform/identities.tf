locals {
  identities = {
    workflow  = "Runs both workflows: plans, starts the job, publishes events."
    job       = "Runs the tasks of the job: reads the league, replaces partitions."
    validator = "Runs the validator function: counts tables, writes snapshots and alerts."
    push      = "Pub/Sub signs pushes to the validator with this identity."
    scheduler = "Cloud Scheduler starts workflows with this identity."
    build     = "Cloud Build tests, builds, plans and applies releases."
  }
}

resource "google_service_account" "identity" {
  for_each = local.identities

  account_id   = "${local.prefix}-${each.key}"
  display_name = "${local.prefix} ${each.key}"
  description  = each.value

  depends_on = [google_project_service.required]
}

# What the workflows ask of Run and of each other, for which no predefined role is as narrow.
resource "google_project_iam_custom_role" "orchestrator" {
  role_id     = "phase4Orchestrator"
  title       = "phase4 orchestrator"
  description = "Follow executions of the job; start, look at and cancel runs of workflows."
  permissions = local.orchestrator_permissions
}

locals {
  orchestrator_permissions = [
    "run.executions.cancel",
    "run.executions.get",
    "run.executions.list",
    "run.operations.get",
    "workflows.executions.cancel",
    "workflows.executions.create",
    "workflows.executions.get",
  ]
}
