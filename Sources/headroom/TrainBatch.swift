import Catalogs
import Documents
import Terminal
import Training

/// `headroom train --batch`: runs in, their times and memory out, in order.
struct TrainBatch {
  let console: Console
  let catalog: Catalog

  func run() throws -> ExitCode {
    let catalog = catalog
    let batch = Batch(console: console) { (node) throws(BatchFault) in
      do throws(TrainingError) {
        return try TrainingQuestion(QuestionFields(node), catalog: catalog).answer()
      } catch {
        throw BatchFault(code: error.code.name, message: error.description, path: "")
      }
    }
    return try batch.run { answer, writer in answer.write(to: &writer) }
  }
}
