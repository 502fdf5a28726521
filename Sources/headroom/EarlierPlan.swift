import Connecting
import Documents
import Glibc
import Planning
import Quantities
import Reporting
import Terminal

/// What a plan is held against: an earlier answer, another plan file, or what the plan was at a revision.
struct EarlierPlan {
  /// `headroom/plan/1` or `headroom/plans/1`.
  let document: Node

  init(
    _ against: String, of file: String, _ common: SharedOptions, catalog: String?, access: PlanAccess
  ) throws {
    if isThere(against), against.lowercased().hasSuffix(".json") {
      let node = try JSON.parse(try Input.read(path: against), file: against)
      guard PlanComparison.isPlan(node) else {
        throw Failure(
          "\(against) is no answer of a plan. Write one: headroom plan \(ShellWord.file(file)) --json -o \(ShellWord.file(against)).",
          exitCode: .badInput)
      }
      document = node
      return
    }
    if isThere(against) {
      document = try Self.answer(against, common, catalog: catalog, access: access)
      return
    }
    let tree = try GitRevision(against, of: file)
    document = try Self.answer(tree.path, common, catalog: catalog, access: access)
  }

  private static func answer(
    _ path: String, _ common: SharedOptions, catalog: String?, access: PlanAccess
  ) throws -> Node {
    let loaded = try PlanFile(path, common, catalog: catalog, access: access)
    return try loaded.currency.shown {
      try document(loaded, loaded.services.map { ($0.plan.name, try $0.outcome(seed: common.seed)) })
    }
  }

  /// The document of an answer, as 'headroom plan --json' writes it.
  static func document(_ loaded: PlanFile, _ services: [(name: String, outcome: PlanOutcome)]) throws -> Node {
    let provenance = Provenance(version: Headroom.version)
    if !loaded.isOfSeveral, let only = services.first {
      return try JSON.parse(PlanReport(only.outcome, provenance: provenance).json())
    }
    return try JSON.parse(
      PortfolioReport(
        Portfolio(name: loaded.name, services: services, budget: loaded.budget), provenance: provenance
      ).json())
  }
}

private func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

extension OutputFormat {
  /// JUnit XML.
  static let junit = OutputFormat(rawValue: "junit")
  /// Annotations of GitHub Actions.
  static let github = OutputFormat(rawValue: "github")
  /// GitLab's code quality report.
  static let gitlab = OutputFormat(rawValue: "gitlab")
}

extension CheckVerb {
  /// The forms that are no page and no terminal text; nil for the others.
  static func text(_ report: CheckReport, _ format: OutputFormat) -> String? {
    switch format {
    case .junit: report.junit()
    case .github: report.githubAnnotations()
    case .gitlab: report.gitlabReport()
    case .html: report.html()
    case .json: report.json()
    case .markdown: report.markdown()
    default: nil
    }
  }
}
