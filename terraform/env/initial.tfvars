# The first apply of a project, with the variables of its environment:
#   terraform apply -var-file=env/dev.tfvars -var-file=env/initial.tfvars
initial = true
release = null
