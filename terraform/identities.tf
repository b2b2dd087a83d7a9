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

# For what no predefined role is as narrow.
locals {
  custom_roles = {
    phase4Orchestrator = {
      title       = "phase4 orchestrator"
      description = "Follow and cancel executions of the job; find its load jobs among all jobs and end them; list own statements; start, look at and cancel runs of workflows."
      permissions = [
        "bigquery.jobs.get",
        "bigquery.jobs.list",
        "bigquery.jobs.listAll",
        "bigquery.jobs.update",
        "run.executions.cancel",
        "run.executions.get",
        "run.executions.list",
        "run.operations.get",
        "workflows.executions.cancel",
        "workflows.executions.create",
        "workflows.executions.get",
      ]
    }
    phase4Releaser = {
      title       = "phase4 releaser"
      description = "Say who may run the job, call the function and read the subscription that a release makes."
      permissions = [
        "pubsub.subscriptions.setIamPolicy",
        "run.jobs.setIamPolicy",
        "run.services.setIamPolicy",
      ]
    }
    phase4Watcher = {
      title       = "phase4 watcher"
      description = "See whether the workflow that started a task still goes on."
      permissions = ["workflows.executions.get"]
    }
  }
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.custom_roles

  role_id     = each.key
  title       = each.value.title
  description = each.value.description
  permissions = each.value.permissions
}
