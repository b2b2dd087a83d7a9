terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.40, < 8"
    }
  }

  # The bucket is given to `terraform init -backend-config=…`: see docs/operations.md.
  backend "gcs" {}
}

provider "google" {
  project        = var.project
  region         = var.location
  default_labels = local.labels
}
