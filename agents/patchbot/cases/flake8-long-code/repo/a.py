value = call(argument, argument, argument, argument, argument, argument, argument, argument, argument, argument, argument, argument)  # noqa: F821
