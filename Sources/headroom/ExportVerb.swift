import Connecting
import Documents
import Planning
import Terminal

struct ExportVerb: Verb {
  static let info = VerbInfo(
    "export", "what do I give to the cluster?",
    discussion: """
      Answers the plan and writes what follows from it as a manifest that the API accepts: bounds, target and rates of \
      an autoscaler, or the pool that its machines come from. What had to be assumed is told beside it. Look at it, \
      keep it in Git, apply it with kubectl.

      FORMAT is one of: \(ExporterList.all.map { "\($0.name) (\($0.summary.prefix(1).lowercased() + $0.summary.dropFirst().dropLast()))" }.joined(separator: "; ")).
      """,
    examples: ExporterList.all.map { Example($0.example, $0.summary) }, seeAlso: ["import", "check", "plan"],
    section: "Cluster")

  let common: SharedOptions
  let format: String
  let file: String
  let settings: [String]
  let catalog: String?
  let service: String?
  let access: PlanAccess

  init(_ a: inout Arguments) throws(UsageError) {
    settings = try a.options("set", value: "NAME=VALUE", help: "a setting of the format, as name=shop")
    service = try ServiceOption.read(&a)
    access = try AccessOptions.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    format = try a.positional(
      "FORMAT", help: ExporterList.all.map(\.name).joined(separator: ", "),
      completion: .words(ExporterList.all.map(\.name)))
    file = try a.positional("PLAN", help: "the plan file", completion: .files(["yaml", "yml"]))
    let form = ExporterList.named(format).flatMap { OutputFormat.ofEnding(".\($0.ending)") } ?? .text
    common = try SharedOptions(&a, formats: [form], seed: 1, now: true)
    let known = ExporterList.all.map(\.name)
    let isKnown = a.isDeclaring || known.contains(format)
    let near = nearest(format, in: known).map { " Did you mean '\($0)'?" } ?? ""
    a.check(isKnown, "'\(format)' is not a format.\(near) There are: \(known.joined(separator: ", ")).")
  }

  func run() throws -> ExitCode {
    guard let exporter = ExporterList.named(format) else { return .usage }
    let named = try ExportSettings.read(settings)
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, access: access, service: service)
    return try loaded.plan.currency.shown { try write(loaded, exporter, named) }
  }

  private func write(_ loaded: LoadedPlan, _ exporter: ExporterDescriptor, _ named: [String: String]) throws -> ExitCode
  {
    do throws(ExportFault) {
      let export = try exporter.export(ExportRequest(try outcome(loaded), settings: named))
      common.console.write(export.text)
      for note in export.notes { common.console.note("Note: \(note)") }
    } catch {
      throw Failure("\(error)", exitCode: .usage)
    }
    return .done
  }

  private func outcome(_ loaded: LoadedPlan) throws(ExportFault) -> PlanOutcome {
    do {
      return try loaded.outcome(seed: common.seed)
    } catch {
      throw ExportFault("\(error)")
    }
  }
}

/// `--set NAME=VALUE`.
enum ExportSettings {
  static func read(_ settings: [String]) throws -> [String: String] {
    var named: [String: String] = [:]
    for setting in settings {
      guard let equals = setting.firstIndex(of: "="), equals > setting.startIndex else {
        throw Failure("--set '\(setting)' is not NAME=VALUE.", exitCode: .usage)
      }
      named[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
    }
    return named
  }
}
