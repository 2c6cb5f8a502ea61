import Mustache

/// Every template, read once. They stand in the sources, beside what fills them, so that the executable can be copied
/// anywhere.
struct Templates: Sendable {
    private let library: MustacheLibrary

    static let all: [String: String] = [
        Layout.templates, SignInPages.templates, SignOnPages.templates, TodayPage.templates, TodayHours.templates,
        DecisionPages.templates,
        PeoplePages.templates,
        ComplaintPages.templates, EvidencePages.templates, SubjectPages.templates, ReportPages.templates,
        ReconciliationPages.templates, WhatIfPages.templates,
        ListPages.templates, ScrubPages.templates, RegistryPages.templates, StopPages.templates, TryPage.templates,
        PolicyPage.templates, AccountPages.templates, GuidePage.templates,
    ].reduce(into: [:]) { $0.merge($1) { $1 } }

    init() throws {
        library = MustacheLibrary(templates: try Templates.all.mapValues { try MustacheTemplate(string: $0) })
    }

    func render(_ name: String, _ content: Content) -> String { library.render(content, withTemplate: name) ?? "" }
}
