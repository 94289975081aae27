#include "muster/time_zone.h"

#include <stdio.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define ZONE_LARGEST 65536u

/* Letters, digits, '_', '+', '-' in parts with '/' between; no part begins with '.'. */
static bool name_is_sane(struct text name)
{
	if (name.length == 0 || name.length > 100 || !is_alpha(name.bytes[0]))
		return false;
	for (size_t i = 0; i < name.length; i++) {
		char c = name.bytes[i];

		if (!is_alnum(c) && c != '_' && c != '+' && c != '-' && c != '/')
			return false;
	}
	return true;
}

int time_zone_read(const char *name, struct buffer *ret_zone, struct err *err)
{
	size_t begin = ret_zone->length;
	char path[256];
	struct text zone;
	int r;

	if (strcmp(name, "UTC") == 0)
		return 0;
	if (*name == '+' || *name == '-' || is_digit(*name))
		return err_set(err, ERR_USAGE,
			       "an offset does not say when summer time begins: name a zone such as America/New_York (Etc/GMT-2 is the zone that is always two hours east of UTC)");
	if (!name_is_sane(text_of(name)))
		return err_set(err, ERR_USAGE, "\"%s\" is no time zone", name);
	snprintf(path, sizeof(path), ZONE_DIRECTORY "/%s", name);
	r = file_read_all(path, ZONE_LARGEST, ret_zone, err);
	if (r < 0)
		return err_set(err, ERR_USAGE,
			       "there is no time zone \"%s\" in " ZONE_DIRECTORY
			       "; zones are named as in Europe/Berlin (Debian package tzdata)",
			       name);
	zone = text_skip(buffer_text(ret_zone), begin);
	if (zone.length < 44 || !text_starts_with(zone, TEXT("TZif")))
		return err_set(err, ERR_USAGE, "\"%s\" is no time zone", name);
	return 0;
}
