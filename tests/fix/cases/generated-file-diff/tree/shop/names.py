kiel = "kiel"
bremen = "bremen"
