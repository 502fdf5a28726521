// placeholder: replaced by the first tests
