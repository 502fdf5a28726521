import Connecting
import Documents
import Planning
import Reporting
import Terminal

struct CommitVerb: Verb {
  static let info = VerbInfo(
    "commit", "which commitments to buy?",
    discussion: """
      Reserved instances, savings plans and committed-use discounts against a demand: the exact optimum, not an \
      anchor on the last weeks. Of a plan: layers of three years and one year on its ordinary week, grown as it expects, \
      with the ladder of purchases, and what the choice would regret if growth came out otherwise. What exists stands \
      under commitments: in the plan. One JSON question a line with --batch:

      {"id", "kind": "single", "demand_units_by_hour": [...], "on_demand_rate", "commit_rate"}: one layer. \
      "commit_spot_on_demand" adds "spot_rate", "spot_overhead" and "max_spot_fraction_of_demand". \
      "stack_1y_3y" takes "demand_units_by_year_hour", "commit_rate_1y", "commit_rate_3y" and what exists already. \
      "spend_commitment" takes "types": [{"id", "od", "sp"}] and "usage_units_by_hour" by type, and applies the promise \
      in the provider's order: the highest saving first. "capacity_blocks" takes "demand_units_by_day", "on_demand_rate", \
      "block_rate", "obtainable_probability", "lead_days" and says which blocks to order by which day. "spot_serving" takes \
      "demand_units_by_hour", "on_demand_rate", "spot_rate", "reclaims_per_h", "pool_reclaims_per_h", "fallback_seconds" and \
      "availability", and says how many units stand on demand below the spot machines.

      Answers carry the quantities, "optimum_cost", and the cost of buying nothing.
      """,
    examples: [
      Example("headroom commit plan.yaml", "the ladder for a plan"),
      Example("headroom commit --batch < questions.ndjson", "the exact optimum of each"),
    ], seeAlso: ["plan", "place"], section: "Regions")

  let common: SharedOptions
  let isBatch: Bool
  let file: String?
  let catalog: String?
  let service: String?

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    service = try ServiceOption.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = isBatch || file != nil
    a.check(
      isGiven, "Nothing is asked. Write 'headroom commit plan.yaml', or --batch and give questions on standard input.")
  }

  func run() throws -> ExitCode {
    if !isBatch, let file {
      let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, service: service)
      return try loaded.plan.currency.shown {
        let outcome = try loaded.outcome(seed: common.seed)
        ReportWriting.write(
          CommitmentReport(outcome, provenance: ReportWriting.provenance("commit", file, common)), common)
        return .done
      }
    }
    let batch = Batch(console: common.console) { (node) throws(BatchFault) in
      do throws(CommitmentQuestion.Fault) {
        return try CommitmentQuestion(node)
      } catch {
        throw BatchFault(code: error.code, message: error.message, path: error.path)
      }
    }
    return try batch.runParallel { question, writer in question.answer().write(to: &writer) }
  }
}
