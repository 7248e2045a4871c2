def call(function, arguments,
         keywords):
    return function(*arguments,
        **keywords)


RESULT = call(print, [1,
    2], {})
