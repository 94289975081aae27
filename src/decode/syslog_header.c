/* The headers of RFC 5424 and RFC 3164, and what is written in their place. */
#include "decode/cursor.h"
#include "decode/syslog.h"

#define WEEK (7 * 86400LL * MICROSECONDS)

static bool take_digits(struct text *t, size_t least, size_t most, int *ret)
{
	size_t digits = 0;
	int number = 0;

	for (; digits < t->length && digits < most && is_digit(t->bytes[digits]);
	     digits++)
		number = number * 10 + (t->bytes[digits] - '0');
	*t = text_skip(*t, digits);
	*ret = number;
	return digits >= least;
}

/* Take the word before the next space, which must follow. */
static bool take_word(struct text *rest, size_t limit, struct text *ret)
{
	size_t length = text_find_byte(*rest, ' ');

	if (length == 0 || length == rest->length || length > limit)
		return false;
	*ret = text_head(*rest, length);
	*rest = text_skip(*rest, length + 1);
	return true;
}

static bool is_printable(struct text t)
{
	for (size_t i = 0; i < t.length; i++)
		if (t.bytes[i] < 33 || t.bytes[i] > 126)
			return false;
	return true;
}

/* A header field of RFC 5424; "-" is none. */
static bool take_field(struct text *rest, size_t limit, struct text *ret)
{
	if (!take_word(rest, limit, ret) || !is_printable(*ret))
		return false;
	if (text_equal(*ret, TEXT("-")))
		*ret = TEXT_NONE;
	return true;
}

/* "<0>" to "<191>", without leading zeros. */
static bool take_priority(struct text *rest, int *ret)
{
	size_t length = text_find_byte(*rest, '>');
	uint64_t number;

	if (length < 2 || length > 4 || length == rest->length ||
	    !text_to_u64(text_skip(text_head(*rest, length), 1), &number) ||
	    number > 191 || (rest->bytes[1] == '0' && length > 2))
		return false;
	*ret = (int)number;
	*rest = text_skip(*rest, length + 1);
	return true;
}

static bool is_name(struct text t)
{
	if (t.length == 0 || t.length > 32 || !is_printable(t))
		return false;
	for (size_t i = 0; i < t.length; i++)
		if (t.bytes[i] == '=' || t.bytes[i] == ']' || t.bytes[i] == '"')
			return false;
	return true;
}

/* Length of a value up to its closing quote; t.length where there is none. */
static size_t value_length(struct text t)
{
	size_t i = 0;

	while (i < t.length && t.bytes[i] != '"') {
		if (t.bytes[i] == ']')
			return t.length;
		bool escape = t.bytes[i] == '\\' && i + 1 < t.length &&
			      (t.bytes[i + 1] == '"' || t.bytes[i + 1] == '\\' ||
			       t.bytes[i + 1] == ']');
		i += escape ? 2 : 1;
	}
	return i;
}

static size_t name_length(struct text t)
{
	size_t i = 0;

	while (i < t.length && t.bytes[i] != ' ' && t.bytes[i] != ']' &&
	       t.bytes[i] != '=')
		i++;
	return i;
}

bool syslog_data_read(struct text *data, syslog_parameter_function *parameter,
		      void *context)
{
	struct text t = text_skip(*data, 1);
	struct text id = text_head(t, name_length(t));

	if (data->length == 0 || data->bytes[0] != '[' || !is_name(id))
		return false;
	t = text_skip(t, id.length);
	while (t.length > 0 && t.bytes[0] == ' ') {
		t = text_skip(t, 1);
		struct text name = text_head(t, name_length(t));
		t = text_skip(t, name.length);
		if (!is_name(name) || !text_starts_with(t, TEXT("=\"")))
			return false;
		t = text_skip(t, 2);
		struct text value = text_head(t, value_length(t));
		if (value.length == t.length || !parameter(context, id, name, value))
			return false;
		t = text_skip(t, value.length + 1);
	}
	if (t.length == 0 || t.bytes[0] != ']')
		return false;
	*data = text_skip(t, 1);
	return true;
}

static bool any_parameter(void *context UNUSED, struct text id UNUSED,
			  struct text name UNUSED, struct text value UNUSED)
{
	return true;
}

/* "-" or elements one after the other; then nothing, or a space. */
static bool take_data(struct text *rest, struct text *ret)
{
	struct text t = *rest;

	*ret = TEXT_NONE;
	if (t.length > 0 && t.bytes[0] == '-') {
		t = text_skip(t, 1);
	} else {
		do {
			if (!syslog_data_read(&t, any_parameter, NULL))
				return false;
		} while (t.length > 0 && t.bytes[0] == '[');
		*ret = text_between(rest->bytes, t.bytes);
	}
	if (t.length > 0 && t.bytes[0] != ' ')
		return false;
	*rest = text_skip(t, 1);
	return true;
}

/* RFC 5424 after its priority and version. */
static bool read_modern(struct text *rest, struct syslog_header *ret)
{
	ret->modern = true;
	if (!take_word(rest, 64, &ret->time) || !take_field(rest, 255, &ret->host) ||
	    !take_field(rest, 48, &ret->app) || !take_field(rest, 128, &ret->pid))
		return false;
	if (!take_field(rest, 32, &ret->message_id) || !take_data(rest, &ret->data))
		return false;
	ret->message = *rest;
	if (text_starts_with(ret->message, TEXT("\xef\xbb\xbf")))
		ret->message = text_skip(ret->message, 3);
	return true;
}

/* "1 " to "999 ". */
static bool take_version(struct text *rest)
{
	size_t digits = count_digits(*rest);

	if (digits == 0 || digits > 3 || rest->bytes[0] == '0' ||
	    digits == rest->length || rest->bytes[digits] != ' ')
		return false;
	*rest = text_skip(*rest, digits + 1);
	return true;
}

/* Length of "Mmm dd hh:mm:ss", "Mmm d hh:mm:ss", "Mmm dd yyyy hh:mm:ss"; or 0. */
static size_t bsd_time_length(struct text t)
{
	size_t at = 4, fields = 0;

	if (t.length < 14 || calendar_month_from_name(text_head(t, 3)) == 0 ||
	    t.bytes[3] != ' ')
		return 0;
	if (t.bytes[at] == ' ')
		at++;
	for (; fields < 3 && at < t.length; fields++) {
		size_t from = at;
		while (at < t.length && (is_digit(t.bytes[at]) || t.bytes[at] == ':'))
			at++;
		if (at == from)
			return 0;
		if (text_find_byte(text_between(t.bytes + from, t.bytes + at), ':') <
		    at - from)
			return at;
		at++;
	}
	return 0;
}

static bool take_time(struct text *rest, struct text *ret)
{
	size_t length = bsd_time_length(*rest);

	if (length > 0) {
		*ret = text_head(*rest, length);
		*rest = text_skip(*rest, length);
		return take_byte(rest, ' ');
	}
	size_t word = text_find_byte(*rest, ' ');
	*ret = text_head(*rest, word);
	if (word < 20 || word > 40 || !is_digit(rest->bytes[0]) || rest->bytes[4] != '-')
		return false;
	*rest = text_skip(*rest, word + 1);
	return true;
}

/* "app[pid]: " or "app: ", after which the message begins. */
static void take_tag(struct text *rest, struct syslog_header *ret)
{
	size_t length = 0;
	struct text t = *rest, pid = TEXT_NONE;

	while (length < t.length && t.bytes[length] != ' ' && t.bytes[length] != ':' &&
	       t.bytes[length] != '[')
		length++;
	struct text app = text_head(t, length);
	t = text_skip(t, length);
	if (t.length > 0 && t.bytes[0] == '[') {
		size_t close = text_find_byte(t, ']');
		pid = text_skip(text_head(t, close), 1);
		if (close == t.length || pid.length > 128)
			return;
		t = text_skip(t, close + 1);
	}
	if (app.length == 0 || app.length > 128 ||
	    (!pid.bytes && t.length > 0 && t.bytes[0] != ':'))
		return;
	if (t.length > 0 && t.bytes[0] == ':')
		t = text_skip(t, 1);
	else if (!pid.bytes)
		return;
	if (t.length > 0 && t.bytes[0] == ' ')
		t = text_skip(t, 1);
	ret->app = app;
	ret->pid = pid;
	*rest = t;
}

/* RFC 3164 after its priority. */
static bool read_bsd(struct text *rest, struct syslog_header *ret)
{
	struct text host;

	if (!take_time(rest, &ret->time))
		return false;
	/* A word that ends the tag already is no host. */
	struct text before = *rest;
	if (take_word(rest, 255, &host)) {
		if (host.bytes[host.length - 1] == ':' ||
		    host.bytes[host.length - 1] == ']')
			*rest = before;
		else
			ret->host = host;
	} else if (rest->length == 0) {
		return false;
	}
	take_tag(rest, ret);
	ret->message = *rest;
	return true;
}

bool syslog_header_read(struct text line, struct syslog_header *ret)
{
	struct text rest = line;

	*ret = (struct syslog_header){ .priority = -1 };
	bool read = (rest.length == 0 || rest.bytes[0] != '<' ||
		     take_priority(&rest, &ret->priority));
	if (read)
		read = ret->priority >= 0 && take_version(&rest) ? read_modern(&rest, ret)
								 : read_bsd(&rest, ret);
	ret->wrong = rest.bytes ? (size_t)(rest.bytes - line.bytes) : line.length;
	return read;
}

/* year 0: not written. */
static bool read_bsd_time(struct text t, struct civil *ret)
{
	*ret = (struct civil){ .month = calendar_month_from_name(text_head(t, 3)) };
	t = text_skip(t, 4);
	(void)take_byte(&t, ' ');
	if (!take_digits(&t, 1, 2, &ret->day) || !take_byte(&t, ' '))
		return false;
	if (text_find_byte(t, ' ') < t.length &&
	    (!take_digits(&t, 4, 4, &ret->year) || !take_byte(&t, ' ') || ret->year == 0))
		return false;
	if (!take_digits(&t, 2, 2, &ret->hour) || !take_byte(&t, ':') ||
	    !take_digits(&t, 2, 2, &ret->minute) || !take_byte(&t, ':') ||
	    !take_digits(&t, 2, 2, &ret->second) || t.length > 0)
		return false;
	if (ret->second == 60)
		ret->second = 59;
	return ret->month > 0 && ret->hour < 24 && ret->minute < 60 && ret->second < 60;
}

static int64_t to_utc(const struct civil *civil, const struct zone *zone)
{
	int64_t local = calendar_moment(civil);

	return zone ? zone_to_utc(zone, local) : local;
}

bool syslog_time(struct text written, const struct zone *zone, int64_t delivered,
		 int64_t *ret_moment, enum event_time_quality *ret_quality)
{
	struct civil civil;

	*ret_quality = EVENT_TIME_EXACT;
	if (written.length > 0 && is_digit(written.bytes[0]))
		return calendar_from_rfc3339(written, ret_moment);
	if (!read_bsd_time(written, &civil))
		return false;
	*ret_quality = EVENT_TIME_ZONE_SET;
	if (civil.year > 0) {
		if (!calendar_date_exists(civil.year, civil.month, civil.day))
			return false;
		*ret_moment = to_utc(&civil, zone);
		return true;
	}
	*ret_quality = EVENT_TIME_YEAR_GUESSED;
	/* 29 February may be eight years back. */
	int latest = calendar_civil(delivered + WEEK).year + 1;
	for (civil.year = latest; civil.year > latest - 10; civil.year--) {
		if (!calendar_date_exists(civil.year, civil.month, civil.day))
			continue;
		*ret_moment = to_utc(&civil, zone);
		if (*ret_moment <= delivered + WEEK)
			return true;
	}
	return false;
}
