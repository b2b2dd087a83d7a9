# Versions are added by hand (docs/operations.md), so that the address never passes through a state.
resource "google_secret_manager_secret" "webhook" {
  secret_id           = "phase4-alert-webhook"
  deletion_protection = local.protected

  replication {
    user_managed {
      replicas {
        location = var.location
      }
    }
  }

  depends_on = [google_project_service.required]
}
