import Connecting
import Documents
import Terminal

struct FleetVerb: Verb {
  static let info = VerbInfo(
    "fleet", "which of thousands of services run out first, which waste most?",
    discussion: """
      Plans every service of a folder of plans, or of the many series of a file or a query with the keys of one plan, over \
      all cores: the same as 'headroom plan --fleet'. Past one machine, 'headroom fleet submit' hands the questions of any \
      --batch filter to Slurm, Kubernetes or Spark.
      """,
    examples: [
      Example("headroom fleet plans/ --journal run.journal -o fleet.html", "every plan of a folder, resumable"),
      Example("headroom fleet all.csv --plan template.yaml", "every series of a file"),
      Example("headroom fleet submit plan plans/ --engine slurm --job /shared/job", "on a cluster"),
    ], seeAlso: ["plan", "fleet submit", "fleet wait"], section: "Plan")

  let work: FleetRun

  init(_ a: inout Arguments) throws(UsageError) {
    let plan: String? = try a.option(
      "plan", value: "FILE", help: "the plan whose keys hold for each series", completion: .files(["yaml", "yml"]))
    let journal: String? = try a.option(
      "journal", value: "FILE", help: "keep what is done here, and go on from it", completion: .files([]))
    let most = try a.option("top", value: "N", default: 20, help: "how many services each list shows")
    let catalog: String? = try a.option(
      "catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    let access = try AccessOptions.read(&a)
    let source: String = try a.positional(
      "DIR|FILE|QUERY", help: "a folder of plans, a file of series, or PromQL", completion: .files([]))
    let common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], seed: 1, now: true)
    let isCounted = (1...100_000).contains(most)
    a.check(isCounted, "'--top' is a number from 1 to 100,000. Write --top 50.")
    work = FleetRun(
      source: source, template: plan, journalPath: journal, most: most, catalogFile: catalog, access: access,
      common: common)
  }

  func run() throws -> ExitCode { try work.run() }
}

enum FleetVerbs {
  static let node = VerbNode.group(
    FleetVerb.self, [.verb(FleetSubmitVerb.self), .verb(FleetWaitVerb.self), .verb(FleetCancelVerb.self)])
}
