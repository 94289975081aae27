/* Room roster: CSV to rows, rows to a blob, a blob to answers. */
#include "test-roster.h"

static void check_rows(enum roster_kind kind, const char *csv, const char *rows)
{
	struct outcome outcome;
	outcome_init(&outcome);
	parse(&outcome, kind, csv);
	ck_assert_msg(outcome.fault_count == 0, "%s", outcome.faults.data);
	ck_assert_str_eq(outcome.rows.data, rows);
	outcome_done(&outcome);
}

static void check_fault(enum roster_kind kind, const char *csv, const char *faults)
{
	struct outcome outcome;
	outcome_init(&outcome);
	parse(&outcome, kind, csv);
	ck_assert_str_eq(outcome.faults.data, faults);
	outcome_done(&outcome);
}

/* --- CSV ------------------------------------------------------------------------- */

START_TEST(csv_is_read_as_rfc_4180_says)
{
	check_rows(ROSTER_NEED, "person,programme,valid_from\na,P1,2026-01-01\nb,P2,2026-01-01\n",
		   "2||a|P1\n3||b|P2\n");
	/* CRLF, a byte order mark, no line end at the end, columns in another order. */
	check_rows(ROSTER_NEED,
		   "\xef\xbb\xbfvalid_from,programme,person\r\n2026-01-01,P1,a\r\n2026-01-01,P2,b",
		   "2||a|P1\n3||b|P2\n");
	/* Quotes hold commas and quotes; a line end in quotes counts as a line. */
	check_rows(ROSTER_MEDIUM,
		   "serial,owner,valid_from,contractor\n"
		   "\"S,1\",\"the \"\"owner\"\"\",2026-01-01,ACME\n"
		   "\n"
		   "S2,,2026-01-01,\"ACME\"\n",
		   "2|ACME|S,1|the \"owner\"|||\n4|ACME|S2||||\n");
}
END_TEST

START_TEST(values_are_written_in_one_way)
{
	check_rows(ROSTER_PERSON,
		   "id,accounts,level,status,temporary,us_person,authorisations,nda,briefings,"
		   "privileged,valid_from,valid_until\n"
		   "p1,a;b  c,TS,Active,NO,unknown,TAA-1,2026-01-05,"
		   "initial=2026-01-05; refresher=2026-02-01,yes,2026-01-01,2027-01-01T00:00:00Z\n"
		   "p2,,top secret,,,,,none,,,2026-01-01T12:00:00+02:00,\n",
		   "2||p1|a b c|top secret|active|no||TAA-1|2026-01-05|"
		   "initial=2026-01-05 refresher=2026-02-01|yes||||||\n"
		   "3||p2||top secret|||||none||||||||\n");
	check_rows(ROSTER_SHIFT,
		   "person,weekdays,from,to,offset,valid_from\n"
		   "p,fri-mon,06:00,14:30,-300,2026-01-01\n",
		   "2||p|mon fri sat sun|06:00|14:30|-300\n");
	check_rows(ROSTER_ASSET, "object,level,valid_from\n/a/**,(S),2026-01-01\n",
		   "2||/a/**|secret||||||||||||\n");
}
END_TEST

START_TEST(faults_name_line_and_column)
{
	check_fault(ROSTER_NEED, "", "0:0:the file is empty\n");
	check_fault(ROSTER_NEED, "person,programme\n", "1:1:valid_from: the column is missing\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from,colour\n",
		    "1:29:need-to-know: \"colour\" is no column of this kind\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from,person\n",
		    "1:29:need-to-know: \"person\" is there twice\n");
	check_fault(ROSTER_PERSON, "id,level,valid_from\nann,sekret,2026-01-01\n",
		    "2:5:level: \"sekret\" is no level\n");
	check_fault(ROSTER_PERSON, "id,us_person,valid_from\nann,maybe,2026-02-30\n",
		    "2:5:us_person: \"maybe\" must be yes, no or unknown\n"
		    "2:11:valid_from: \"2026-02-30\" is neither a date as YYYY-MM-DD nor a moment of RFC 3339\n");
	check_fault(ROSTER_PERSON, "id,valid_from\n,2026-01-01\nann,\n",
		    "2:1:id: must not be empty\n3:5:valid_from: must not be empty\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from\na,P\n",
		    "2:1:the row has 2 fields, the first row has 3\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from\na,\"P,2026-01-01\n",
		    "2:3:the quotes are not closed\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from\na,\"P\"x,2026-01-01\nb,P,2026-01-01\n",
		    "2:6:after closing quotes a comma must follow\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from\na,P\"x,2026-01-01\n",
		    "2:4:quotes may only enclose a whole field\n");
	check_fault(ROSTER_NEED,
		    "person,programme,valid_from,valid_until\na,P,2026-01-01,2026-01-01\n",
		    "2:1:valid_until: the row ends before it begins\n");
	check_fault(ROSTER_NEED,
		    "person,programme,valid_from\na,P,2026-01-01\na,P,2026-01-01T00:00:00Z\n",
		    "3:1:an earlier row has the same key and begins at the same moment\n");
	check_fault(ROSTER_ASSET, "object,valid_from\n/a/*/b,2026-01-01\n",
		    "2:1:object: \"/a/*/b\" may have * only as /** at the end\n");
	check_fault(ROSTER_SHIFT,
		    "person,weekdays,from,to,offset,valid_from\np,someday,24:00,1:00,900,2026-01-01\n",
		    "2:3:weekdays: \"someday\" is no day of the week; days are mon tue wed thu fri sat sun\n"
		    "2:11:from: \"24:00\" is no time of day as HH:MM\n"
		    "2:17:to: \"1:00\" is no time of day as HH:MM\n"
		    "2:22:offset: \"900\" must be a whole number of minutes, -840 to 840\n");
	check_fault(ROSTER_NEED, "person,programme,valid_from\na\x01,P\xff,2026-01-01\n",
		    "2:1:person: \"a\\x01\" has a control character in it\n"
		    "2:4:programme: \"P\\xFF\" is not UTF-8\n");
}
END_TEST

START_TEST(faults_are_not_endless)
{
	struct outcome outcome;
	CLEAN(buffer) struct buffer csv;
	buffer_init(&csv, 1 << 20);
	outcome_init(&outcome);
	buffer_add_string(&csv, "id,level,valid_from\n");
	for (int i = 0; i < 500; i++)
		buffer_add_format(&csv, "p%d,x,2026-01-01\n", i);
	parse(&outcome, ROSTER_PERSON, csv.data);
	ck_assert_uint_eq(outcome.fault_count, 101);
	outcome_done(&outcome);
}
END_TEST

/* --- the kinds ------------------------------------------------------------------- */

/* What is judged is handling: no column can hold where a person comes from. */
START_TEST(nothing_says_where_a_person_comes_from)
{
	static const char *const words[] = {"national", "citizen", "birth", "born",     "ethnic",
					    "origin", "country", "race",  "religion", "language",
					    "passport", "heritage"};
	CLEAN(buffer) struct buffer def;
	buffer_init(&def, 1 << 20);
	ck_assert_int_eq(file_read_all(SOURCE_DIRECTORY "/src/roster/roster.def", 1 << 18, &def,
				       &err),
			 0);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		ck_assert_msg(!strcasestr(def.data, words[i]), "%s", words[i]);
		for (int j = 0; j < EVENT_J_COUNT; j++)
			ck_assert_ptr_null(strcasestr(
				event_joined_describe((enum event_joined)j)->name, words[i]));
	}
}
END_TEST

START_TEST(kinds_are_whole)
{
	enum roster_kind kind;
	for (int i = 0; i < ROSTER_KIND_COUNT; i++) {
		const struct roster_kind_description *d = roster_kind_describe((enum roster_kind)i);
		ck_assert(roster_kind_from_name(text_of(d->name), &kind) && (int)kind == i);
		ck_assert_int_eq(d->columns[0].presence, ROSTER_KEY);
		for (size_t c = 1; c < d->column_count; c++)
			ck_assert(d->columns[c].presence != ROSTER_KEY ||
				  d->columns[c - 1].presence == ROSTER_KEY);
	}
	ck_assert(!roster_kind_from_name(TEXT("colours"), &kind));
}
END_TEST

/* --- answers ---------------------------------------------------------------------- */

/* All but what the record itself says then. */
static void check_nothing_known(void)
{
	for (int i = 0; i < EVENT_J_COUNT; i++)
		if (i != EVENT_J_PERSON_WHO && i != EVENT_J_OBJECT_NAME)
			check_value(i, NOT_KNOWN, __LINE__);
	IS(PERSON_WHO, "ann");
	IS(OBJECT_NAME, "/p/x");
}

START_TEST(nothing_is_known_without_a_roster)
{
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/p/x");
	check_nothing_known();
	load(); /* an empty one */
	roster_join_begin(join, &event);
	check_nothing_known();
	event.level = EVENT_LEVEL_SECRET;
	IS(OBJECT_LEVEL, "4");
}
END_TEST

START_TEST(persons_count_as_of_the_event)
{
	have(ROSTER_PERSON,
	     "id,accounts,level,status,temporary,valid_from,valid_until\n"
	     "p1,ann;ann-adm,secret,active,no,2026-01-01,\n"
	     "p1,ann,confidential,suspended,no,2026-06-01,2026-07-01\n"
	     "p2,bob,cui,active,,2026-01-01,2026-02-01\n");
	have(ROSTER_ASSET, "object,level,valid_from\n/p/**,secret,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_KNOWN, "true");
	IS(PERSON_ID, "p1");
	IS(PERSON_LEVEL, "4");
	IS(PERSON_CLEARED, "true");
	IS(PERSON_STATUS, "active");
	IS(PERSON_TEMPORARY, "false");
	IS(PERSON_US_PERSON, NOT_KNOWN);
	/* The row that began last counts, and only until it ends. */
	act("2026-06-15T10:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_CLEARED, "false");
	IS(PERSON_STATUS, "suspended");
	act("2026-05-31T23:59:59.999999Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_CLEARED, "true");
	act("2026-07-01T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_CLEARED, "true");
	act("2025-12-31T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_KNOWN, NOT_KNOWN);
	IS(PERSON_CLEARED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "ann-adm", EVENT_READ, "/p/x");
	IS(PERSON_ID, "p1");
	act("2026-03-02T10:00:00Z", "p1", EVENT_READ, "/p/x");
	IS(PERSON_KNOWN, "true");
	/* Nobody's account: known to be unknown, and nothing else. */
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/p/x");
	IS(PERSON_KNOWN, "false");
	IS(PERSON_LEVEL, NOT_KNOWN);
	IS(PERSON_CLEARED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "", EVENT_READ, "/p/x");
	IS(PERSON_KNOWN, NOT_KNOWN);
}
END_TEST

START_TEST(objects_take_the_nearest_row)
{
	have(ROSTER_PERSON, "id,level,valid_from\nann,confidential,2026-01-01\n");
	have(ROSTER_ASSET,
	     "object,level,compartments,caveats,category,programme,export_controlled,valid_from,valid_until\n"
	     "/p/**,cui,,,CTI,,yes,2026-01-01,\n"
	     "/p/deep/**,secret,SI;NATO,NOFORN,,ORION,no,2026-01-01,\n"
	     "/p/deep/one,confidential,,,,ORION,,2026-01-01,2026-04-01\n"
	     "DOC-17,top secret,,,,,,2026-01-01,\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/p/deep/one");
	IS(OBJECT_LEVEL, "3");
	IS(PERSON_CLEARED, "true");
	IS(OBJECT_EXPORT_CONTROLLED, NOT_KNOWN);
	act("2026-05-02T10:00:00Z", "ann", EVENT_READ, "/p/deep/one");
	IS(OBJECT_LEVEL, "4");
	IS(OBJECT_COMPARTMENTS, "SI NATO");
	IS(OBJECT_CAVEATS, "NOFORN");
	IS(OBJECT_PROGRAMME, "ORION");
	IS(OBJECT_EXPORT_CONTROLLED, "false");
	IS(PERSON_CLEARED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/p/deeper");
	IS(OBJECT_LEVEL, "2");
	IS(OBJECT_CATEGORY, "CTI");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "DOC-17");
	IS(OBJECT_LEVEL, "5");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/q/x");
	IS(OBJECT_KNOWN, "false");
	IS(OBJECT_LEVEL, NOT_KNOWN);
	IS(PERSON_CLEARED, NOT_KNOWN);
	/* Of what the roster does not have, the marking says the level. */
	event.level = EVENT_LEVEL_TOP_SECRET;
	roster_join_begin(join, &event);
	IS(OBJECT_LEVEL, "5");
	IS(PERSON_CLEARED, "false");
}
END_TEST

START_TEST(lists_that_nobody_keeps_say_nothing)
{
	have(ROSTER_PERSON, "id,valid_from\nann,2026-01-01\nbob,2026-01-01\n");
	have(ROSTER_ASSET,
	     "object,compartments,programme,valid_from\n"
	     "/a,SI,ORION,2026-01-01\n/b,SI;TK,LYRA,2026-01-01\n/c,,,2026-01-01\n");
	have(ROSTER_COMPARTMENT,
	     "person,compartment,valid_from,valid_until\nann,SI,2026-01-01,2026-06-01\n");
	have(ROSTER_NEED, "person,programme,valid_from\nann,ORION,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_READ_IN, "true");
	IS(PERSON_NEED_TO_KNOW, "true");
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/a");
	IS(PERSON_READ_IN, "false");
	IS(PERSON_NEED_TO_KNOW, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/b");
	IS(PERSON_READ_IN, NOT_KNOWN);   /* nobody keeps a list of TK */
	IS(PERSON_NEED_TO_KNOW, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/b");
	IS(PERSON_READ_IN, "false");     /* SI is missing, whatever of TK */
	act("2026-07-02T10:00:00Z", "bob", EVENT_READ, "/a");
	IS(PERSON_READ_IN, NOT_KNOWN);   /* the list is no longer kept */
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/c");
	IS(PERSON_READ_IN, NOT_KNOWN);
	IS(PERSON_NEED_TO_KNOW, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "eve", EVENT_READ, "/a");
	IS(PERSON_READ_IN, NOT_KNOWN);
	IS(PERSON_NEED_TO_KNOW, NOT_KNOWN);
}
END_TEST

START_TEST(papers_run_out)
{
	have(ROSTER_PERSON,
	     "id,nda,briefings,valid_from\n"
	     "ann,2026-01-05,initial=2024-01-05 refresher=2026-03-01 insider-threat=2026-03-01,2024-01-01\n"
	     "bob,none,initial=2026-02-28,2024-01-01\n"
	     "eve,,,2024-01-01\n");
	load();
	act("2026-01-04T10:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_NDA, "false");
	IS(PERSON_BRIEFED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_NDA, "true");
	IS(PERSON_BRIEFED, "true");
	IS(PERSON_INSIDER_BRIEFED, "true");
	act("2027-03-01T23:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_BRIEFED, "true");
	act("2027-03-02T00:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_BRIEFED, "false");
	IS(PERSON_INSIDER_BRIEFED, "false");
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/a");
	IS(PERSON_NDA, "false");
	IS(PERSON_BRIEFED, "true");
	IS(PERSON_INSIDER_BRIEFED, "false");
	act("2028-02-29T10:00:00Z", "bob", EVENT_READ, "/a");
	IS(PERSON_BRIEFED, "false");
	act("2026-03-02T10:00:00Z", "eve", EVENT_READ, "/a");
	IS(PERSON_NDA, NOT_KNOWN);
	IS(PERSON_BRIEFED, NOT_KNOWN);
	IS(PERSON_INSIDER_BRIEFED, NOT_KNOWN);
}
END_TEST

START_TEST(export_authorisations_are_matched)
{
	have(ROSTER_PERSON,
	     "id,us_person,authorisations,valid_from\n"
	     "ann,yes,,2026-01-01\nbob,no,,2026-01-01\ncid,no,TAA-7,2026-01-01\n"
	     "dan,no,ORION,2026-01-01\neve,no,TAA-9,2026-01-01\nfay,unknown,,2026-01-01\n");
	have(ROSTER_ASSET,
	     "object,programme,export_controlled,authorisations,valid_from\n"
	     "/a,ORION,yes,TAA-7,2026-01-01\n/b,LYRA,yes,,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/a");
	IS(PERSON_US_PERSON, "true");
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/a");
	IS(PERSON_US_PERSON, "false");
	IS(PERSON_AUTHORISED, "false");
	IS(OBJECT_EXPORT_CONTROLLED, "true");
	act("2026-03-02T10:00:00Z", "cid", EVENT_READ, "/a");
	IS(PERSON_AUTHORISED, "true");
	act("2026-03-02T10:00:00Z", "dan", EVENT_READ, "/a");
	IS(PERSON_AUTHORISED, "true");
	act("2026-03-02T10:00:00Z", "eve", EVENT_READ, "/a");
	IS(PERSON_AUTHORISED, "false");
	act("2026-03-02T10:00:00Z", "eve", EVENT_READ, "/b");
	IS(PERSON_AUTHORISED, NOT_KNOWN); /* /b does not say what it asks for */
	act("2026-03-02T10:00:00Z", "fay", EVENT_READ, "/a");
	IS(PERSON_US_PERSON, NOT_KNOWN);
}
END_TEST

START_TEST(shifts_are_on_the_wall)
{
	have(ROSTER_PERSON, "id,valid_from\nann,2026-01-01\nbob,2026-01-01\ncid,2026-01-01\n");
	have(ROSTER_SHIFT,
	     "person,weekdays,from,to,offset,valid_from,valid_until\n"
	     "ann,mon-fri,08:00,16:30,-300,2026-01-01,2026-07-01\n"
	     "ann,sat,08:00,12:00,-300,2026-01-01,\n"
	     "bob,sun,22:00,06:00,,2026-01-01,\n");
	load();
	act("2026-03-02T13:00:00Z", "ann", EVENT_READ, "/a"); /* Monday, 08:00 */
	IS(TIME_IN_SHIFT, "true");
	act("2026-03-02T12:59:59Z", "ann", EVENT_READ, "/a");
	IS(TIME_IN_SHIFT, "false");
	act("2026-03-02T21:30:00Z", "ann", EVENT_READ, "/a"); /* 16:30 */
	IS(TIME_IN_SHIFT, "false");
	act("2026-03-07T13:00:00Z", "ann", EVENT_READ, "/a");
	IS(TIME_IN_SHIFT, "true");
	act("2026-07-06T13:00:00Z", "ann", EVENT_READ, "/a"); /* weekdays are over */
	IS(TIME_IN_SHIFT, "false");
	act("2026-03-08T23:00:00Z", "bob", EVENT_READ, "/a"); /* Sunday night */
	IS(TIME_IN_SHIFT, "true");
	act("2026-03-09T05:59:00Z", "bob", EVENT_READ, "/a"); /* into Monday */
	IS(TIME_IN_SHIFT, "true");
	act("2026-03-09T06:00:00Z", "bob", EVENT_READ, "/a");
	IS(TIME_IN_SHIFT, "false");
	act("2026-03-08T05:00:00Z", "bob", EVENT_READ, "/a"); /* Sunday morning */
	IS(TIME_IN_SHIFT, "false");
	act("2026-03-02T13:00:00Z", "cid", EVENT_READ, "/a");
	IS(TIME_IN_SHIFT, NOT_KNOWN);
}
END_TEST

START_TEST(places_hosts_and_contracts)
{
	have(ROSTER_ASSET,
	     "object,level,compartments,programme,valid_from\n"
	     "/s,secret,SI,ORION,2026-01-01\n/c,cui,,LYRA,2026-01-01\n/x,secret,,NONE,2026-01-01\n");
	have(ROSTER_PLACE,
	     "id,level,cui,outside_us,valid_from\nB1,secret,no,no,2026-01-01\nHOME,unclassified,yes,,2026-01-01\n");
	have(ROSTER_APPROVAL,
	     "host,level,compartments,place,valid_from\n"
	     "red,secret,SI,B1,2026-01-01\nblue,top secret,TK,,2026-01-01\n"
	     "grey,cui,,HOME,2026-01-01\n");
	have(ROSTER_CONTRACT,
	     "programme,level,from,to,paused,valid_from\n"
	     "ORION,secret,2026-02-01,2026-03-31,no,2026-01-01\n"
	     "LYRA,unclassified,,,yes,2026-01-01\n");
	load();
	act("2026-03-02T13:00:00Z", "ann", EVENT_READ, "/s");
	set_member("place", "B1");
	event.host = TEXT("red");
	roster_join_begin(join, &event);
	IS(PLACE_KNOWN, "true");
	IS(PLACE_LEVEL, "4");
	IS(PLACE_APPROVED, "true");
	IS(PLACE_OUTSIDE_US, "false");
	IS(HOST_KNOWN, "true");
	IS(HOST_LEVEL, "4");
	IS(HOST_APPROVED, "true");
	IS(CONTRACT_ACTIVE, "true");
	IS(CONTRACT_COVERS, "true");
	act("2026-03-31T23:00:00Z", "ann", EVENT_READ, "/s");
	event.host = TEXT("blue");
	roster_join_begin(join, &event);
	IS(HOST_APPROVED, "false");      /* for TK, not for SI */
	IS(PLACE_KNOWN, NOT_KNOWN);
	IS(CONTRACT_ACTIVE, "true");
	act("2026-04-01T00:00:00Z", "ann", EVENT_READ, "/s");
	event.host = TEXT("grey");
	roster_join_begin(join, &event);
	IS(HOST_APPROVED, "false");
	IS(PLACE_KNOWN, "true");         /* that of the host */
	IS(PLACE_APPROVED, "false");
	IS(PLACE_OUTSIDE_US, NOT_KNOWN);
	IS(CONTRACT_ACTIVE, "false");
	act("2026-03-02T13:00:00Z", "ann", EVENT_READ, "/c");
	set_member("place", "B1");
	IS(PLACE_APPROVED, "false");     /* secret, but not for CUI */
	IS(CONTRACT_ACTIVE, "false");
	IS(CONTRACT_COVERS, "false");
	act("2026-03-02T13:00:00Z", "ann", EVENT_READ, "/c");
	set_member("place", "HOME");
	IS(PLACE_APPROVED, "true");
	act("2026-03-02T13:00:00Z", "ann", EVENT_READ, "/x");
	set_member("place", "MOON");
	event.host = TEXT("green");
	roster_join_begin(join, &event);
	IS(PLACE_KNOWN, "false");
	IS(PLACE_APPROVED, NOT_KNOWN);
	IS(HOST_KNOWN, "false");
	IS(HOST_APPROVED, NOT_KNOWN);
	IS(CONTRACT_ACTIVE, NOT_KNOWN);
}
END_TEST

START_TEST(media_and_destinations)
{
	have(ROSTER_ASSET,
	     "object,level,audience,valid_from\n/c,cui,government contractor,2026-01-01\n");
	have(ROSTER_MEDIUM,
	     "serial,owner,encrypted,level,valid_from\nU1,ann,yes,cui,2026-01-01\nU2,,no,,2026-01-01\n");
	have(ROSTER_DESTINATION,
	     "name,level,approved,class,valid_from\n"
	     "*.army.example,cui,yes,government,2026-01-01\n"
	     "open.army.example,unclassified,yes,public,2026-01-01\n"
	     "mail.example,,no,,2026-01-01\n");
	load();
	act("2026-03-02T13:00:00Z", "ann", EVENT_COPY, "/c");
	set_member("medium", "U1");
	set_member("destination", "dsv.army.example");
	IS(MEDIUM_REGISTERED, "true");
	IS(MEDIUM_OWNER, "ann");
	IS(MEDIUM_ENCRYPTED, "true");
	IS(MEDIUM_LEVEL, "2");
	IS(DESTINATION_KNOWN, "true");
	IS(DESTINATION_APPROVED, "true");
	IS(DESTINATION_IN_AUDIENCE, "true");
	act("2026-03-02T13:00:00Z", "ann", EVENT_COPY, "/c");
	set_member("medium", "U2");
	set_member("destination", "open.army.example");
	IS(MEDIUM_OWNER, NOT_KNOWN);
	IS(MEDIUM_ENCRYPTED, "false");
	IS(DESTINATION_APPROVED, "false");   /* not for CUI */
	IS(DESTINATION_IN_AUDIENCE, "false");
	act("2026-03-02T13:00:00Z", "ann", EVENT_COPY, "/c");
	set_member("medium", "U3");
	set_member("destination", "army.example");
	IS(MEDIUM_REGISTERED, "false");
	IS(MEDIUM_ENCRYPTED, NOT_KNOWN);
	IS(DESTINATION_KNOWN, "false");
	IS(DESTINATION_APPROVED, NOT_KNOWN);
	act("2026-03-02T13:00:00Z", "ann", EVENT_COPY, "/c");
	set_member("destination", "mail.example");
	IS(MEDIUM_REGISTERED, NOT_KNOWN);
	IS(DESTINATION_APPROVED, "false");
	IS(DESTINATION_IN_AUDIENCE, NOT_KNOWN);
}
END_TEST

START_TEST(privileges_are_by_function)
{
	have(ROSTER_PERSON,
	     "id,privileged,valid_from\nann,yes,2026-01-01\nbob,no,2026-01-01\ncid,,2026-01-01\n");
	have(ROSTER_ROLE,
	     "account,function,valid_from\nbob,elevate,2026-01-01\nroot,any,2026-02-01\n");
	load();
	act("2026-03-02T13:00:00Z", "ann", EVENT_ELEVATE, "");
	IS(PERSON_PRIVILEGED, "true");
	act("2026-03-02T13:00:00Z", "bob", EVENT_ELEVATE, "");
	IS(PERSON_PRIVILEGED, "true");
	act("2026-03-02T13:00:00Z", "bob", EVENT_ACCOUNT, "");
	IS(PERSON_PRIVILEGED, "false");
	act("2026-03-02T13:00:00Z", "root", EVENT_ACCOUNT, "");
	IS(PERSON_PRIVILEGED, "true");
	act("2026-03-02T13:00:00Z", "cid", EVENT_ELEVATE, "");
	IS(PERSON_PRIVILEGED, "false");
	act("2026-01-15T13:00:00Z", "cid", EVENT_ACCOUNT, "");
	IS(PERSON_PRIVILEGED, NOT_KNOWN); /* no list of it was kept then */
}
END_TEST

START_TEST(a_blob_may_be_anything)
{
	have(ROSTER_NEED, "person,programme,valid_from\na,P,2026-01-01\nb,P,2026-01-01\n");
	struct text blob = buffer_text(&all.blob);
	for (size_t n = 1; n < blob.length; n++) {
		CLEAN(roster) struct roster *cut = NULL;
		int r = roster_new(text_head(blob, n), &cut, &err);
		ck_assert(r == 0 || r == -ERR_PROTOCOL);
		ck_assert(r < 0 || roster_rows(cut) < 3);
	}
	for (size_t i = 0; i < blob.length; i++) {
		CLEAN(roster) struct roster *changed = NULL;
		char kept = all.blob.data[i];
		all.blob.data[i] = (char)(kept ^ 0x81);
		int r = roster_new(blob, &changed, &err);
		ck_assert(r == 0 || r == -ERR_PROTOCOL);
		all.blob.data[i] = kept;
	}
	load();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("roster");
	TCase *files = tcase_create("files"), *answers = tcase_create("answers");

	tcase_add_test(files, csv_is_read_as_rfc_4180_says);
	tcase_add_test(files, values_are_written_in_one_way);
	tcase_add_test(files, faults_name_line_and_column);
	tcase_add_test(files, faults_are_not_endless);
	tcase_add_test(files, nothing_says_where_a_person_comes_from);
	tcase_add_test(files, kinds_are_whole);
	suite_add_tcase(suite, files);
	tcase_add_checked_fixture(answers, begin, end);
	tcase_add_test(answers, nothing_is_known_without_a_roster);
	tcase_add_test(answers, persons_count_as_of_the_event);
	tcase_add_test(answers, objects_take_the_nearest_row);
	tcase_add_test(answers, lists_that_nobody_keeps_say_nothing);
	tcase_add_test(answers, papers_run_out);
	tcase_add_test(answers, export_authorisations_are_matched);
	tcase_add_test(answers, shifts_are_on_the_wall);
	tcase_add_test(answers, places_hosts_and_contracts);
	tcase_add_test(answers, media_and_destinations);
	tcase_add_test(answers, privileges_are_by_function);
	tcase_add_test(answers, a_blob_may_be_anything);
	suite_add_tcase(suite, answers);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
