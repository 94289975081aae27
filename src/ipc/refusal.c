#include "ipc/ipc.h"

#include <stdarg.h>
#include <stdio.h>

static const struct ipc_refusal_description descriptions[IPC_REFUSAL_COUNT] = {
#define REFUSAL(identifier, code, meaning) [IPC_REFUSED_##identifier] = { code, meaning },
#include "ipc/refusals.def"
#undef REFUSAL
};

const struct ipc_refusal_description *ipc_refusal_describe(enum ipc_refusal refusal)
{
	return &descriptions[refusal];
}

void ipc_fail_fill(struct ipc_fail *fail, enum ipc_refusal refusal, const char *format, ...)
{
	va_list list;

	memset(fail, 0, sizeof(*fail));
	snprintf(fail->code, sizeof(fail->code), "%s", descriptions[refusal].code);
	va_start(list, format);
	vsnprintf(fail->reason, sizeof(fail->reason), format, list);
	va_end(list);
	/* The writer takes no reason that was cut inside a character. */
	fail->reason[text_utf8_valid(text_of(fail->reason))] = '\0';
}
