import Documents
import Planning
import Reporting
import Terminal

struct ChooseVerb: Verb {
  static let info = VerbInfo(
    "choose", "which machine, and how many, over all that the load may be?",
    discussion: """
      For a service without state: draws worlds from what is not known (rate, work and bytes of a request, memory), plans \
      each of them on every machine of the catalog, and ranks the choices over all worlds by expected cost and by regret. \
      Each carries its cliff distance: by how much demand may exceed the median world's before it no longer suffices.

      One JSON question a line with --batch: {"id", "rate": {"low", "mid", "high"}, "cpu_seconds", "bytes", "memory_gib", \
      "worlds": 10000, "penalty": 10, "minimum": 3}; each of the first four a number or low, mid and high (10 %, 50 %, \
      90 %).
      """,
    examples: [
      Example("headroom choose --batch < questions.ndjson", "ranked choices, the cheapest in expectation first")
    ], seeAlso: ["plan", "place"], section: "Regions")

  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) {
    let isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    common = try SharedOptions(&a)
    a.check(isBatch, "Nothing is asked. Write 'headroom choose --batch' and give questions on standard input.")
  }

  func run() throws -> ExitCode {
    let batch = Batch(console: common.console) { (node) throws(BatchFault) in
      do throws(ShapeQuestion.Fault) {
        return try ShapeQuestion(node)
      } catch {
        throw BatchFault(code: error.code, message: error.message, path: error.path)
      }
    }
    return try batch.runParallel { question, writer in
      ShapeAnswer.write(question.answer(), worlds: question.worlds, to: &writer)
    }
  }
}
