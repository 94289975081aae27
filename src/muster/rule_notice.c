#include "config.h"

#include "muster/rule_notice.h"

#include "muster/command.h"

void rule_notice_warn(void *context UNUSED, const struct sigma_notice *notice)
{
	char place[40] = "";
	if (notice->severity == SIGMA_OK)
		return;
	if (notice->line)
		snprintf(place, sizeof(place), ":%u:%u", notice->line, notice->column);
	command_warn("%s%s: %s%s", notice->file, place,
		     notice->severity == SIGMA_REFUSED ? "refused: " : "", notice->reason);
}
