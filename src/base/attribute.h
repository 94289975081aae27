/* Compiler attributes under readable names. */
#ifndef BASE_ATTRIBUTE_H
#define BASE_ATTRIBUTE_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Runs NAME_clean(&variable) when the variable goes out of scope. */
#define CLEAN(name) __attribute__((cleanup(name##_clean)))

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#endif
