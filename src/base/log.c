#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	const char *process;
	bool debug, journal;
} logger = { "muster", false, false };

void log_open(const char *process, bool debug)
{
	logger.process = process;
	logger.debug = debug;
	logger.journal = getenv("JOURNAL_STREAM") != NULL;
}

/* priority: as in syslog(3), 3 error to 7 debug. */
static void message(int priority, const char *format, va_list list)
{
	static const char *const words[] = { "", "", "", "error: ", "warning: ", "", "", "" };
	CLEAN(buffer) struct buffer text, line;

	buffer_init(&text, 8192);
	buffer_init(&line, 16384);
	buffer_add_format_list(&text, format, list);
	if (logger.journal)
		buffer_add_format(&line, "<%d>", priority);
	buffer_add_format(&line, "%s[%d]: %s", logger.process, (int)getpid(), words[priority]);
	buffer_add_escaped(&line, buffer_text(&text), 4000);
	buffer_add_byte(&line, '\n');
	/* There is nowhere to report that a report could not be written. */
	if (file_write_fully(STDERR_FILENO, line.data, line.length) < 0)
		return;
}

#define LOGGER(name, priority, condition)                 \
	void log_##name(const char *format, ...)          \
	{                                                 \
		va_list list;                             \
		if (!(condition))                         \
			return;                           \
		va_start(list, format);                   \
		message(priority, format, list);          \
		va_end(list);                             \
	}

LOGGER(debug, 7, logger.debug)
LOGGER(info, 6, true)
LOGGER(warning, 4, true)
LOGGER(error, 3, true)

void log_fatal(const struct err *err, const char *format, ...)
{
	CLEAN(buffer) struct buffer text;
	va_list list;

	buffer_init(&text, 8192);
	va_start(list, format);
	buffer_add_format_list(&text, format, list);
	va_end(list);
	if (err)
		log_error("%s: %s", text.data ? text.data : "", err->text);
	else
		log_error("%s", text.data ? text.data : "");
	exit(err ? err_exit_status(err->code) : 4);
}
