import GateModel
import GateTesting
import PolicyPack

/// A country that exists only here, so that every kind of rule and every parameter can be tried without asking what any
/// law says. Its clocks are those of the east of North America, which go forward and back; its north is an hour behind.
enum MadeUpCountry {
    static let policy: LoadedPolicy = {
        let core = String(decoding: shippedFiles.bytes["core/pack.yaml"] ?? [], as: UTF8.self)
            .replacing("ring_guard: 0s", with: "ring_guard: 5m").replacing("live: 60", with: "live: 90")
        return load(
            PolicyFiles(bytes: [
                "core/pack.yaml": Array(core.utf8), "ZZ/main/pack.yaml": Array(country.utf8),
                "ZZ/north/pack.yaml": Array(north.utf8), "ZZ/calendar.csv": Array(calendar.utf8),
            ]))
    }()

    /// A number of the country; no real plan knows it, so it is not read but made.
    static func number(
        _ digits: UInt64 = 999_100_000_042, type: NumberType = .mobile, category: String? = nil,
        subdivisions: [String] = [], zones: [String] = ["America/New_York"]
    ) -> NumberReading {
        NumberReading(
            e164: E164(digits: digits), type: type, category: category, region: "ZZ", subdivisions: subdivisions,
            zones: zones)
    }

    private static let calendar = """
        # years: 2026 2027
        date,kind,name
        2026-11-26,holiday,Harvest
        2026-11-28,adjusted_workday,Harvest
        2027-01-01,holiday,New Year
        """

    private static let north = """
        pack: zz.north
        jurisdiction: ZZ-N
        title: {en: North, zh: 北}
        as_of: 2026-11-22
        zones: [America/Chicago]
        purposes: [marketing, care, collection, fraud_alert, survey]
        rules:
          - id: zz.north.hours
            kind: hours
            applies: {purposes: [care]}
            status: law
            citation: c
            message: {en: m, zh: m}
            parameters: {windows: {every: ["10:00-16:00"]}}
        """

    private static func rule(
        _ id: String, _ kind: String, _ parameters: String, applies: String = "{}", more: String = ""
    ) -> String {
        """
          - {id: zz.\(id), kind: \(kind), applies: \(applies), status: law, citation: c, message: {en: m, zh: m},
             \(more) parameters: \(parameters)}

        """
    }

    private static let country =
        """
        pack: zz.main
        jurisdiction: ZZ
        title: {en: Made up, zh: 虚构}
        as_of: 2026-11-22
        calendar: ZZ
        purposes: [marketing, care, collection, fraud_alert, survey]
        any_hour: [fraud_alert]
        products: [loan, card]
        data_fields: [name, address, birthday, income, secret, shoe_size]
        attributes:
          age: {type: integer}
          grade: {type: choice, values: [low, mid, high], ordered: true}
          product_grade: {type: choice, values: [low, mid, high], ordered: true}
          colour: {type: choice, values: [red, blue], when_absent: {care: deny, ai_voice: deny, survey: pass}}
          vip: {type: boolean}
          mandate: {type: boolean, on_record: vendor_mandate}
          failed: {type: integer, on_record: failed_in_a_row, of: {purposes: [collection]}}
        settings:
          strict: {default: false, text: {en: t, zh: t}}
          relaxed: {default: true, text: {en: t, zh: t}}
        obligations:
          - {kind: identify}
          - {kind: retain_recording, with: {days: 30}, applies: {products: [loan]}}
          - {kind: human_agent, applies: {attributes: {age: {at_least: 65}}}}
        retention:
          - {record: decision, minimum: 30d, default: 60mo, citation: c}
        rules:

        """
        + rule("destination.types", "destination", "{permitted_types: [mobile, fixed_line], except_categories: [odd]}")
        + rule("destination.denied", "destination", "{denied_types: [pager], denied_categories: [odd]}")
        + rule(
            "caller_id.registered", "caller_id", "{required: true, registered: true}",
            applies: "{except_purposes: [fraud_alert]}")
        + rule(
            "caller_id.ranges", "caller_id",
            "{denied: [{prefix: \"+999400\", digits: 10, unless: outbound_approved}, {prefix: \"666\"}]}")
        + rule(
            "suppression.refusal", "suppression", "{any_of: [{opt_out: {strength: explicit}}]}",
            more: "stands_aside: {fraud_alert: [refusals]},")
        + rule(
            "suppression.soft", "suppression", "{any_of: [{opt_out: {strength: soft, rest: 90d, lifted: ignored}}]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "suppression.recent", "suppression",
            "{any_of: [{opt_out: {strength: any, within: 30d, lifted: counts, purposes: any}}]}",
            applies: "{purposes: [survey]}")
        + rule(
            "suppression.complaint", "suppression", "{any_of: [{complaint: {state: any}}]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "suppression.complaint_open", "suppression", "{any_of: [{complaint: {state: open}}]}",
            applies: "{purposes: [care]}")
        + rule(
            "suppression.lists", "suppression", "{any_of: [{list: deceased}, {list: zz-dnc}]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "suppression.category", "suppression", "{any_of: [{list: carrier-refusal, match: category_is_product}]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "suppression.asked", "suppression",
            "{any_of: [{attempt: {within: 60d, connected: true, of: {purposes: [survey]}}}]}",
            applies: "{purposes: [survey]}")
        + rule(
            "consent.marketing", "consent",
            """
            {forms: [express_written, click], product: matches, all_products: false, all_modes: [live],
             bundled: false, third_party: false, greatest_age: 12mo}
            """, applies: "{purposes: [marketing]}")
        + rule(
            "consent.vip", "consent", "{product: any, bundled: true, third_party: true}",
            applies: "{purposes: [care], attributes: {vip: true}}")
        + rule("data.forbidden", "data", "{forbidden: [secret]}")
        + rule(
            "data.marketing", "data",
            "{permitted: [name], with_consent: [birthday], separate_consent: [income], greatest_age: 6mo}",
            applies: "{purposes: [marketing]}")
        + rule(
            "hours.marketing", "hours",
            """
            {windows: {monday: ["09:00-12:00", "13:00-20:00"], saturday: ["10:00-14:00"], sunday: [], holiday: [],
             every: ["09:00-20:00"]}, lifted_by: [appointment, any_hour_consent]}
            """, applies: "{purposes: [marketing]}")
        + rule(
            "hours.care", "hours", "{windows: {every: [\"08:00-22:00\"]}, lifted_by: [consent]}",
            applies: "{purposes: [care, survey]}")
        + rule(
            "hours.collection", "hours",
            "{windows: {workday: [\"08:00-20:00\"], restday: [\"09:00-18:00\"], holiday: [\"00:00-24:00\"]}}",
            applies: "{purposes: [collection]}")
        + rule(
            "frequency.day", "frequency", "{count: attempts, max: 3, within: {rolling: 24h}, per: [number]}",
            applies: "{except_purposes: [fraud_alert]}", more: "stands_aside: {survey: [attempts]},")
        + rule(
            "frequency.calendar_day", "frequency",
            "{count: connections, max: 1, within: {calendar: day}, per: [number, customer], of: {vendors: [own]}}",
            applies: "{purposes: [marketing]}")
        + rule(
            "frequency.three_days", "frequency",
            "{count: attempts, max: 4, within: {calendar_days: 3}, per: [customer], of: {except_modes: [ai_voice]}}",
            applies: "{purposes: [marketing]}")
        + rule(
            "frequency.week", "frequency",
            "{count: connections, max: 2, within: {calendar: week}, per: [customer], of: {attributes: {vip: {not: true}}}}",
            applies: "{purposes: [marketing, care]}")
        + rule(
            "frequency.month", "frequency", "{count: attempts, max: 5, within: {calendar: month}, per: [number]}",
            applies: "{purposes: [survey]}")
        + rule(
            "frequency.campaign", "frequency",
            "{count: attempts, max: 2, within: ever, per: [number], same: [campaign]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "frequency.event", "frequency",
            "{count: attempts, max: 2, within: {rolling: 30m}, per: [number], same: [event]}",
            applies: "{purposes: [fraud_alert]}")
        + rule(
            "frequency.gap", "frequency",
            """
            {count: connections, max: 1, within: {rolling: 7d}, per: [customer], of: {purposes: [collection]},
             runs_from: conversation_end}
            """, applies: "{purposes: [collection]}")
        + rule(
            "attribute.age", "attribute", "{deny_when: [{age: {below: 18}}, {age: {above: 110}}]}",
            applies: "{purposes: [marketing]}")
        + rule(
            "attribute.grade", "attribute",
            """
            {deny_when: [{product_grade: {above_attribute: grade}},
             {grade: {at_most: low}, product_grade: {at_least: mid}, mode: [predictive]}]}
            """, applies: "{purposes: [marketing]}")
        + rule(
            "attribute.mixed", "attribute",
            """
            {deny_when: [{colour: {in: [red]}, vip: {not: true}, vendor: {in: [agency]}},
             {colour: {equals: blue}, age: {absent: true}, data_fields: {any_of: [name, address]}}]}
            """, applies: "{purposes: [care], modes: [live]}")
        + rule(
            "attribute.mandate", "attribute", "{deny_when: [{mandate: {not: true}, vendor: {not: own}}]}",
            applies: "{except_vendors: [friend]}")
        + rule(
            "attribute.failed", "attribute", "{deny_when: [{failed: {below: 2}}]}",
            applies: "{purposes: [collection], attributes: {colour: red}}")
        + rule(
            "suppression.register", "suppression", "{any_of: [{list: zz-register, grace_days: 28}]}",
            applies: "{purposes: [survey]}",
            more: """
                unless: [{relationship: {kinds: [transaction], within: 18mo}},
                  {relationship: {kinds: [inquiry], within: 10d}}, {call: {attributes: {vip: true}}},
                  {consent: {forms: [express_written], any_hour: true, after_listing: zz-register}},
                  {relationship: {kinds: [contract], within: 1mo}, consent: {}, call: {modes: [live]}}],
                """)
        + rule(
            "attribute.city", "attribute", "{deny_when: [{colour: red}]}",
            applies: "{purposes: [survey], number_prefixes: [\"+9992\"]}")
        + rule(
            "suppression.answered", "suppression", "{any_of: [{list: zz-asked, answers: [\"yes\"]}]}",
            applies: "{purposes: [survey]}")
        + rule(
            "suppression.full_days", "suppression", "{any_of: [{opt_out: {strength: soft, full_days: 3}}]}",
            applies: "{purposes: [care]}")
        + rule(
            "frequency.conversation", "frequency",
            """
            {count: conversations, max: 1, within: {calendar_days: 2}, per: [number], same: [event], unnamed: counted,
             directions: [outbound, inbound], of: {purposes: [survey]}}
            """, applies: "{purposes: [survey]}")
        + rule(
            "caller_id.permitted", "caller_id", "{permitted: [{prefix: \"+33199\"}, {prefix: \"+8622\", digits: 12}]}",
            applies: "{purposes: [survey]}")
        + rule(
            "campaign.abandonment", "campaign", "{abandoned_above: 0.03, greatest_age: 24h}",
            applies: "{purposes: [survey]}")
        + rule("stop.emergency", "stop", "{emergency: declared}", applies: "{purposes: [survey]}")
        + rule(
            "hours.eve", "hours", "{windows: {eve: [\"00:00-12:00\"], every: [\"00:00-24:00\"]}}",
            applies: "{purposes: [survey]}")
        + rule("freshness.dnc", "freshness", "{list: zz-dnc, greatest_age: 31d}", applies: "{purposes: [marketing]}")
        + rule(
            "required.collection", "unavailable", "{require: [customer, event]}", applies: "{purposes: [collection]}")
        + rule("required.attributes", "unavailable", "{attributes: declared}")
        + rule("required.sources", "unavailable", "{sources: [owner, consents]}", applies: "{purposes: [collection]}")
        + rule(
            "dated.summer", "attribute", "{deny_when: [{vip: true}]}", applies: "{purposes: [survey]}",
            more: "effective: {from: 2026-12-01T00:00:00-05:00, until: 2026-12-02T00:00:00-05:00},")
        + rule(
            "switched.on", "attribute", "{deny_when: [{vip: false}]}", applies: "{number_types: [fixed_line]}",
            more: "enabled_by: strict,")
        + rule(
            "switched.off", "attribute", "{deny_when: [{vip: false}]}",
            applies: "{subdivisions: [ZZ-S], vendors: [own], products: [card], except_modes: [ai_voice]}",
            more: "enabled_by: {not: relaxed},")
}
