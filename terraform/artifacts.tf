locals {
  # The build cache and Google's function builder move their tags; released images never do.
  repositories = {
    images    = { description = "Images of the job, deployed by digest.", immutable = true, keep = 20 }
    cache     = { description = "Layers that the image build reuses.", immutable = false, keep = 2 }
    functions = { description = "Images that Google builds of the function.", immutable = false, keep = 5 }
  }
}

resource "google_artifact_registry_repository" "this" {
  # checkov:skip=CKV_GCP_84:Google's keys encrypt the images; customer-managed keys are the organisation's decision
  for_each = local.repositories

  location      = var.location
  repository_id = "${local.prefix}-${each.key}"
  description   = each.value.description
  format        = "DOCKER"

  docker_config {
    immutable_tags = each.value.immutable
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = each.value.keep
    }
  }

  # Whatever its age: the image of a release may be what runs, or what one goes back to.
  dynamic "cleanup_policies" {
    for_each = each.value.immutable ? ["keep-released"] : []

    content {
      id     = cleanup_policies.value
      action = "KEEP"

      condition {
        tag_state    = "TAGGED"
        tag_prefixes = ["release-"]
      }
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.required]
}
