locals {
  # A push shows its plan; a tag applies it, in prod after somebody approved the build.
  triggers = var.repository == null ? {} : {
    plan  = { branch = var.repository.branch, tag = null, apply = "false", approval = false }
    apply = { branch = null, tag = var.repository.tag, apply = "true", approval = local.protected }
  }
}

resource "google_cloudbuild_trigger" "this" {
  for_each = local.triggers

  name            = "${local.prefix}-${each.key}"
  location        = var.location
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.identity["build"].id

  substitutions = {
    _APPLY        = each.value.apply
    _ENVIRONMENT  = var.environment
    _LOCATION     = var.location
    _STATE_BUCKET = var.state_bucket
  }

  repository_event_config {
    repository = var.repository.id

    push {
      branch = each.value.branch
      tag    = each.value.tag
    }
  }

  approval_config {
    approval_required = each.value.approval
  }
}
