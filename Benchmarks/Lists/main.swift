import Glibc

// The steps of the benchmark of lists; `scripts/bench-lists` puts them together.
let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 4, let country = NumberStream.Country(rawValue: arguments[1]), let count = Int(arguments[2])
else {
    print("bench-lists STEP cn|us COUNT DATA [NAME] [sorted|random] [EDITION]; reads the policy in ./policy")
    exit(2)
}
let name = arguments.count > 4 ? arguments[4] : "\(country) \(count)"
let order = (arguments.count > 5 ? NumberStream.Order(rawValue: arguments[5]) : nil) ?? .sorted
let edition = (arguments.count > 6 ? Int(arguments[6]) : nil) ?? 0
do {
    let steps = try Steps(country, count: count, data: arguments[3])
    switch arguments[0] {
    case "generate": steps.generate(order, edition: edition)
    case "import": try steps.importInput(name, usesShortcut: true)
    case "import-as-text": try steps.importInput(name, usesShortcut: false)
    case "look": try steps.look(name)
    case "compare": try steps.compare(name)
    case "share": try steps.share(name)
    default: throw Wrong(what: "there is no step \(arguments[0])")
    }
} catch {
    print("\(name): \(error)")
    exit(1)
}
