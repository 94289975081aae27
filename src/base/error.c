#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct err_description descriptions[ERR_COUNT] = {
	[ERR_NONE] = { "NONE", 0, "done", "" },
#define ERROR(name, status, meaning, remedy) [ERR_##name] = { #name, status, meaning, remedy },
#include "base/errors.def"
#undef ERROR
};

static void fill(struct err *err, const char *format, va_list list)
{
	vsnprintf(err->text, sizeof(err->text), format, list);
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
	if (err) {
		va_list list;
		err->code = code;
		err->number = 0;
		err->sqlstate[0] = '\0';
		va_start(list, format);
		fill(err, format, list);
		va_end(list);
	}
	return -(int)code;
}

int err_system(struct err *err, const char *format, ...)
{
	int number = errno;

	if (err) {
		va_list list;
		err->code = ERR_SYSTEM;
		err->number = number;
		err->sqlstate[0] = '\0';
		va_start(list, format);
		fill(err, format, list);
		va_end(list);
		size_t length = strlen(err->text);
		snprintf(err->text + length, sizeof(err->text) - length, ": %s",
			 strerror(number));
	}
	return -(int)ERR_SYSTEM;
}

int err_prefix(struct err *err, const char *format, ...)
{
	if (!err)
		return -(int)ERR_SYSTEM;
	char before[sizeof(err->text)];
	va_list list;
	va_start(list, format);
	vsnprintf(before, sizeof(before), format, list);
	va_end(list);

	char whole[2 * sizeof(err->text) + 2];
	snprintf(whole, sizeof(whole), "%s: %s", before, err->text);
	memcpy(err->text, whole, sizeof(err->text) - 1);
	err->text[sizeof(err->text) - 1] = '\0';
	return -(int)err->code;
}

int err_exit_status(enum err_code code)
{
	return err_describe(code)->status;
}

const struct err_description *err_describe(enum err_code code)
{
	if ((unsigned)code >= ERR_COUNT)
		code = ERR_SYSTEM;
	return &descriptions[code];
}
