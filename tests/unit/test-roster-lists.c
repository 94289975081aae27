/* Room roster: dates of persons and objects, and lists of who and what may. */
#include "test-roster.h"

START_TEST(days_of_a_person_come_and_go)
{
	have(ROSTER_PERSON,
	     "id,accounts,limited,screening,role_training,departure,status,valid_from\n"
	     "p1,ann,yes,2026-03-02,2025-03-02,2026-05-31,active,2026-01-01\n"
	     "p2,bob,no,none,none,,active,2026-01-01\n"
	     "p3,cid,,,,,departed,2026-01-01\n");
	load();
	act("2026-03-01T10:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_LIMITED, "true");
	IS(PERSON_SCREENED, "false");
	IS(PERSON_ROLE_TRAINED, "true");
	IS(PERSON_LEAVING, "false");
	IS(PERSON_DEPARTED, "false");
	act("2026-03-02T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_SCREENED, "true");
	IS(PERSON_ROLE_TRAINED, "true");
	act("2026-03-03T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_ROLE_TRAINED, "false");
	act("2026-04-30T23:59:59Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_LEAVING, "false");
	act("2026-05-01T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_LEAVING, "true");
	act("2026-05-31T23:59:59Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_DEPARTED, "false");
	act("2026-06-01T00:00:00Z", "ann", EVENT_READ, "/p/x");
	IS(PERSON_DEPARTED, "true");
	IS(PERSON_LEAVING, "true");
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/p/x");
	IS(PERSON_LIMITED, "false");
	IS(PERSON_SCREENED, "false");
	IS(PERSON_ROLE_TRAINED, "false");
	IS(PERSON_LEAVING, NOT_KNOWN);
	IS(PERSON_DEPARTED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "cid", EVENT_READ, "/p/x");
	IS(PERSON_LIMITED, NOT_KNOWN);
	IS(PERSON_SCREENED, NOT_KNOWN);
	IS(PERSON_ROLE_TRAINED, NOT_KNOWN);
	IS(PERSON_DEPARTED, "true");
}
END_TEST

START_TEST(what_is_handed_out_is_due)
{
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_CHECKOUT, "r");
	IS(DUE_IN, NOT_KNOWN);
	set_member("due", "2026-03-02T13:00:00+01:00");
	IS(DUE_IN, "7200");
	IS(DUE_PAST, NOT_KNOWN);
	set_member("due", "2026-03-02");
	IS(DUE_IN, "50400");
	set_member("due", "2026-03-01");
	IS(DUE_IN, NOT_KNOWN);
	IS(DUE_PAST, "36000");
	set_member("due", "tomorrow");
	IS(DUE_IN, NOT_KNOWN);
	IS(DUE_PAST, NOT_KNOWN);
}
END_TEST

START_TEST(what_is_final_is_not_temporary)
{
	have(ROSTER_PERSON, "id,accounts,level,temporary,final_level,valid_from\n"
			    "p1,ann,TS,yes,S,2026-01-01\np2,bob,TS,yes,,2026-01-01\n");
	have(ROSTER_ASSET, "object,level,valid_from\n/s/**,S,2026-01-01\n/t/**,TS,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/s/x");
	IS(PERSON_TEMPORARY, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/t/x");
	IS(PERSON_TEMPORARY, "true");
	act("2026-03-02T10:00:00Z", "bob", EVENT_READ, "/s/x");
	IS(PERSON_TEMPORARY, "true");
}
END_TEST

START_TEST(credentials_are_somebodys)
{
	have(ROSTER_PERSON,
	     "id,accounts,credentials,valid_from,valid_until\n"
	     "p1,ann;ann-adm,C1 SHA256:k,2026-01-01,\np2,bob,C2;C3,2026-01-01,\n"
	     "p3,cid,C3,2026-01-01,\np4,dan,C4,2026-01-01,2026-02-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann-adm", EVENT_LOGON, "");
	IS(CREDENTIAL_OWN, NOT_KNOWN);
	IS(PERSON_WHO, "p1");
	set_member("credential", "C1");
	IS(CREDENTIAL_OWN, "true");
	set_member("credential", "C2");
	IS(CREDENTIAL_OWN, "false");
	set_member("credential", "C9");
	IS(CREDENTIAL_OWN, NOT_KNOWN);
	set_member("credential", "C4");
	IS(CREDENTIAL_OWN, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "bob", EVENT_LOGON, "");
	set_member("credential", "C3");
	IS(CREDENTIAL_OWN, "true");
	act("2026-03-02T10:00:00Z", "ann", EVENT_LOGON, "");
	set_member("sshd.key", "SHA256:k");
	IS(CREDENTIAL_OWN, "true");
	act("2026-03-02T10:00:00Z", "zed", EVENT_LOGON, "");
	set_member("credential", "C1");
	IS(CREDENTIAL_OWN, NOT_KNOWN);
	IS(PERSON_WHO, "zed");
}
END_TEST

START_TEST(copies_are_known_by_their_hash)
{
	have(ROSTER_ASSET, "object,level,hash,valid_from\n/s/a,S,H1,2026-01-01\n"
			   "/s/b,CUI,H2,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/tmp/x");
	IS(OBJECT_LEVEL, NOT_KNOWN);
	set_member("hash", "H1");
	roster_join_begin(join, &event);
	IS(OBJECT_LEVEL, "4");
	IS(OBJECT_NAME, "/s/a");
	set_member("hash", "H9");
	roster_join_begin(join, &event);
	IS(OBJECT_LEVEL, NOT_KNOWN);
	IS(OBJECT_NAME, "/tmp/x");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/s/b");
	set_member("hash", "H1");
	roster_join_begin(join, &event);
	IS(OBJECT_LEVEL, "2");
	IS(OBJECT_NAME, "/s/b");
}
END_TEST

START_TEST(places_and_destinations_are_for_something)
{
	have(ROSTER_ASSET, "object,level,compartments,valid_from\n/si/**,S,SI,2026-01-01\n"
			   "/s/**,S,,2026-01-01\n");
	have(ROSTER_PLACE, "id,level,compartments,valid_from\nVAULT,TS,SI TK,2026-01-01\n"
			   "ROOM,TS,none,2026-01-01\nHALL,TS,,2026-01-01\nYARD,C,SI,2026-01-01\n");
	have(ROSTER_APPROVAL, "host,level,valid_from\nred,S,2026-01-01\n");
	have(ROSTER_DESTINATION, "name,level,outside_us,valid_from\nhere,S,no,2026-01-01\n"
				 "there,CUI,yes,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/si/x");
	set_member("place", "VAULT");
	IS(PLACE_APPROVED, "true");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/si/x");
	set_member("place", "ROOM");
	IS(PLACE_APPROVED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/si/x");
	set_member("place", "HALL");
	IS(PLACE_APPROVED, "true");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/si/x");
	set_member("place", "YARD");
	IS(PLACE_APPROVED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/s/x");
	set_member("place", "ROOM");
	IS(PLACE_APPROVED, "true");
	act("2026-03-02T10:00:00Z", "ann", EVENT_SEND, "/s/x");
	set_member("destination", "here");
	event.host = TEXT("red");
	IS(DESTINATION_LOWER, "false");
	IS(DESTINATION_OUTSIDE_US, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_SEND, "/s/x");
	set_member("destination", "there");
	event.host = TEXT("red");
	IS(DESTINATION_LOWER, "true");
	IS(DESTINATION_OUTSIDE_US, "true");
	act("2026-03-02T10:00:00Z", "ann", EVENT_SEND, "/s/x");
	set_member("destination", "there");
	event.host = TEXT("unlisted");
	IS(DESTINATION_LOWER, NOT_KNOWN);
}
END_TEST

START_TEST(lists_say_who_may)
{
	have(ROSTER_PERSON, "id,accounts,privileged,valid_from\n"
			    "p1,ann;ann-adm,,2026-01-01\np2,bob,yes,2026-01-01\n");
	have(ROSTER_ROLE, "account,function,valid_from\n"
			  "ann-adm,administration,2026-01-01\nann,remote,2026-01-01\n"
			  "ann,maintenance,2026-01-01\nann,grant,2026-01-01\n");
	have(ROSTER_ADMISSION, "person,place,valid_from\np1,VAULT,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_ENTER, "");
	set_member("place", "VAULT");
	IS(PERSON_ADMITTED, "true");
	IS(PERSON_MAY_CONNECT, "true");
	IS(PERSON_MAY_MAINTAIN, "true");
	IS(PERSON_MAY_GRANT, "true");
	IS(PERSON_MAY_AUDIT, NOT_KNOWN);
	IS(ACCOUNT_ADMINISTRATIVE, "false");
	act("2026-03-02T10:00:00Z", "bob", EVENT_ENTER, "");
	set_member("place", "VAULT");
	IS(PERSON_ADMITTED, "false");
	/* To be privileged is no leave to work from afar. */
	IS(PERSON_MAY_CONNECT, "false");
	IS(PERSON_MAY_MAINTAIN, "false");
	IS(PERSON_MAY_GRANT, "true");
	IS(PERSON_MAY_AUDIT, "true");
	act("2026-03-02T10:00:00Z", "bob", EVENT_ENTER, "");
	set_member("place", "YARD");
	IS(PERSON_ADMITTED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "ann-adm", EVENT_READ, "/p/x");
	IS(ACCOUNT_ADMINISTRATIVE, "true");
}
END_TEST

START_TEST(an_account_passes_to_another)
{
	have(ROSTER_PERSON, "id,accounts,valid_from,valid_until\n"
			    "p1,ann both,2025-01-01,2026-01-01\n"
			    "p1,both,2026-01-01,\n"
			    "p2,ann both,2026-02-01,2026-03-01\n"
			    "p2,ann both,2026-03-01,\n");
	load();
	act("2026-02-02T10:00:00Z", "ann", EVENT_LOGON, "");
	IS(PERSON_ID, "p2");
	IS(ACCOUNT_REISSUED, "true");
	act("2025-12-31T10:00:00Z", "ann", EVENT_LOGON, "");
	IS(ACCOUNT_REISSUED, "false");
	act("2027-01-01T00:00:00Z", "ann", EVENT_LOGON, "");
	IS(ACCOUNT_REISSUED, "false");
	/* Two have it at once: shared, not passed on. */
	act("2026-02-02T10:00:00Z", "both", EVENT_LOGON, "");
	IS(ACCOUNT_REISSUED, "false");
	act("2026-02-02T10:00:00Z", "zoe", EVENT_LOGON, "");
	IS(ACCOUNT_REISSUED, NOT_KNOWN);
}
END_TEST

START_TEST(objects_are_in_the_accounts)
{
	have(ROSTER_ASSET, "object,serial,inventoried,drafted,release,valid_from\n"
			   "/a,TS-1,2025-03-02,,yes,2026-01-01\n"
			   "/b,none,none,,no,2026-01-01\n"
			   "/c,,,2026-01-01,,2026-01-01\n"
			   "/d,,,,,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/a");
	IS(OBJECT_ACCOUNTED, "true");
	IS(OBJECT_INVENTORIED, "true");
	IS(OBJECT_RELEASABLE, "true");
	act("2026-03-03T00:00:00Z", "ann", EVENT_READ, "/a");
	IS(OBJECT_INVENTORIED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/b");
	IS(OBJECT_ACCOUNTED, "false");
	IS(OBJECT_INVENTORIED, "false");
	IS(OBJECT_RELEASABLE, "false");
	act("2026-06-30T23:59:59Z", "ann", EVENT_READ, "/c");
	IS(OBJECT_ACCOUNTED, "true");
	act("2026-07-01T00:00:00Z", "ann", EVENT_READ, "/c");
	IS(OBJECT_ACCOUNTED, "false");
	IS(OBJECT_RELEASABLE, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/d");
	IS(OBJECT_ACCOUNTED, NOT_KNOWN);
	IS(OBJECT_INVENTORIED, NOT_KNOWN);
}
END_TEST

START_TEST(carriers_hold_what_they_may)
{
	have(ROSTER_PERSON, "id,accounts,valid_from\np1,ann,2026-01-01\np2,bob,2026-01-01\n");
	have(ROSTER_ASSET, "object,level,valid_from\n/s,secret,2026-01-01\n/o,,2026-01-01\n");
	have(ROSTER_MEDIUM, "serial,level,users,valid_from\n"
			    "U1,cui,p1;p3,2026-01-01\nU2,secret,,2026-01-01\n");
	have(ROSTER_DESTINATION, "name,level,valid_from\ncui.example,cui,2026-01-01\n");
	have(ROSTER_APPROVAL, "host,encrypted,valid_from\nh1,no,2026-01-01\nh2,,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_COPY, "/s");
	set_member("medium", "U1");
	set_member("destination", "cui.example");
	event.host = TEXT("h1");
	IS(MEDIUM_HOLDS, "false");
	IS(MEDIUM_PERMITTED, "true");
	IS(DESTINATION_HOLDS, "false");
	IS(HOST_ENCRYPTED, "false");
	act("2026-03-02T10:00:00Z", "bob", EVENT_COPY, "/o");
	set_member("medium", "U1");
	set_member("destination", "else.example");
	event.host = TEXT("h2");
	IS(MEDIUM_HOLDS, NOT_KNOWN);
	IS(MEDIUM_PERMITTED, "false");
	IS(DESTINATION_HOLDS, NOT_KNOWN);
	IS(HOST_ENCRYPTED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "bob", EVENT_COPY, "/s");
	set_member("medium", "U2");
	IS(MEDIUM_HOLDS, "true");
	IS(MEDIUM_PERMITTED, NOT_KNOWN);
}
END_TEST

/* The day of the review counts whole, and so does that day a year later. */
START_TEST(what_a_host_logs_was_reviewed)
{
	have(ROSTER_APPROVAL, "host,logging_reviewed,valid_from\n"
			      "h1,2025-03-02,2026-01-01\nh2,none,2026-01-01\nh3,,2026-01-01\n"
			      "h4,2026-03-02,2026-01-01\n");
	load();
	act("2026-03-02T23:59:59Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("h1");
	IS(HOST_LOGGING_REVIEWED, "true");
	act("2026-03-03T00:00:00Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("h1");
	IS(HOST_LOGGING_REVIEWED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("h2");
	IS(HOST_LOGGING_REVIEWED, "false");
	act("2026-03-02T10:00:00Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("h3");
	IS(HOST_LOGGING_REVIEWED, NOT_KNOWN);
	act("2026-03-02T10:00:00Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("elsewhere");
	IS(HOST_LOGGING_REVIEWED, NOT_KNOWN);
	act("2026-03-01T23:59:59Z", "ann", EVENT_AUDIT, "");
	event.host = TEXT("h4");
	IS(HOST_LOGGING_REVIEWED, "false");
}
END_TEST

START_TEST(names_are_approved)
{
	have(ROSTER_LISTED, "name,list,approved,valid_from\n"
			    "cad,program,,2026-01-01\n/usr/bin/nc,program,no,2026-01-01\n"
			    "gw1,gateway,yes,2026-01-01\ncad,device,yes,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_EXECUTE, "");
	set_member("program", "cad");
	set_member("gateway", "gw2");
	set_member("network", "cafe");
	IS(PROGRAM_LISTED, "true");
	IS(GATEWAY_LISTED, "false");
	IS(NETWORK_LISTED, NOT_KNOWN); /* no such list is kept */
	IS(DEVICE_LISTED, NOT_KNOWN);  /* the record has none */
	act("2026-03-02T10:00:00Z", "ann", EVENT_EXECUTE, "");
	set_member("exe", "/usr/bin/nc");
	set_member("device", "phone-7");
	IS(PROGRAM_LISTED, "false");
	IS(DEVICE_LISTED, "false");
	act("2025-03-02T10:00:00Z", "ann", EVENT_EXECUTE, "");
	set_member("program", "games");
	IS(PROGRAM_LISTED, NOT_KNOWN); /* before the list began */
}
END_TEST

static uint64_t unknown(enum roster_kind kind)
{
	return roster_join_unknown(join)[kind];
}

START_TEST(what_is_missing_is_counted_once_an_event)
{
	have(ROSTER_PERSON, "id,accounts,level,valid_from\np1,ann,secret,2026-01-01\n");
	have(ROSTER_ASSET, "object,level,programme,valid_from\n/s,secret,ORION,2026-01-01\n");
	load();
	act("2026-03-02T10:00:00Z", "ann", EVENT_READ, "/s");
	IS(PERSON_CLEARED, "true");
	ck_assert_uint_eq(unknown(ROSTER_PERSON) + unknown(ROSTER_ASSET), 0);
	IS(CONTRACT_ACTIVE, NOT_KNOWN);
	ck_assert_uint_eq(unknown(ROSTER_CONTRACT), 1);
	act("2026-03-02T10:00:00Z", "zoe", EVENT_READ, "/t");
	/* Nobody asked yet. */
	ck_assert_uint_eq(unknown(ROSTER_PERSON), 0);
	IS(PERSON_CLEARED, NOT_KNOWN);
	IS(PERSON_NDA, NOT_KNOWN);
	ck_assert_uint_eq(unknown(ROSTER_PERSON), 1);
	ck_assert_uint_eq(unknown(ROSTER_ASSET), 1);
	/* No programme, so no contract is missing; no medium is named. */
	IS(CONTRACT_ACTIVE, NOT_KNOWN);
	IS(MEDIUM_REGISTERED, NOT_KNOWN);
	IS(MEDIUM_OWNER, NOT_KNOWN);
	ck_assert_uint_eq(unknown(ROSTER_CONTRACT), 1);
	ck_assert_uint_eq(unknown(ROSTER_MEDIUM), 0);
	/* Before the row began. */
	act("2025-03-02T10:00:00Z", "ann", EVENT_READ, "/s");
	IS(PERSON_LEVEL, NOT_KNOWN);
	ck_assert_uint_eq(unknown(ROSTER_PERSON), 2);
	roster_join_use(join, roster);
	ck_assert_uint_eq(unknown(ROSTER_PERSON), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("roster");
	TCase *answers = tcase_create("answers");

	tcase_add_checked_fixture(answers, begin, end);
	tcase_add_test(answers, days_of_a_person_come_and_go);
	tcase_add_test(answers, what_is_handed_out_is_due);
	tcase_add_test(answers, what_is_final_is_not_temporary);
	tcase_add_test(answers, credentials_are_somebodys);
	tcase_add_test(answers, copies_are_known_by_their_hash);
	tcase_add_test(answers, places_and_destinations_are_for_something);
	tcase_add_test(answers, lists_say_who_may);
	tcase_add_test(answers, an_account_passes_to_another);
	tcase_add_test(answers, objects_are_in_the_accounts);
	tcase_add_test(answers, carriers_hold_what_they_may);
	tcase_add_test(answers, what_a_host_logs_was_reviewed);
	tcase_add_test(answers, names_are_approved);
	tcase_add_test(answers, what_is_missing_is_counted_once_an_event);
	suite_add_tcase(suite, answers);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
