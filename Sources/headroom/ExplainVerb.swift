import Connecting
import Documents
import Planning
import Reporting
import Terminal

struct ExplainVerb: Verb {
  static let info = VerbInfo(
    "explain", "why this number?",
    discussion:
      "Prints how a number of a plan was reached: its formula, the numbers in it, and where each of them comes from, down to the line of the plan file, the measurement or the catalog. Without a number it lists all that can be asked.",
    examples: [
      Example("headroom explain plan.yaml replicas", "the chain behind the replicas"),
      Example("headroom explain plan.yaml", "every number that can be asked"),
    ], seeAlso: ["plan"], section: "Plan")

  let common: SharedOptions
  let file: String
  let number: String?
  let catalog: String?
  let service: String?
  let access: PlanAccess

  init(_ a: inout Arguments) throws(UsageError) {
    service = try ServiceOption.read(&a)
    access = try AccessOptions.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    number = try a.positional("NUMBER", help: "the number to explain, as 'replicas'")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
  }

  func run() throws -> ExitCode {
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, access: access, service: service)
    return try loaded.plan.currency.shown { try explain(loaded) }
  }

  private func explain(_ loaded: LoadedPlan) throws -> ExitCode {
    let outcome = try loaded.outcome(seed: common.seed)
    if let number, outcome.ledger[number] == nil {
      let near = nearest(number, in: outcome.ledger.ids)
      throw Failure(
        "This plan has no number '\(number)'.\(near.map { " Did you mean '\($0)'?" } ?? "") It has: \(outcome.ledger.ids.joined(separator: ", ")).",
        exitCode: .usage)
    }
    ReportWriting.explain(outcome.ledger, number, planFile: file, common)
    return .done
  }
}
