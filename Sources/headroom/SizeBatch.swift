import Catalogs
import Documents
import Serving
import Terminal

/// `headroom size --batch`: questions about language models in, answers out, in order.
struct SizeBatch {
  let console: Console
  let catalog: Catalog
  let models: [String: ModelArchitecture]
  let sizer: Sizer

  func run() throws -> ExitCode {
    let names = SizeNames(catalog, models: models)
    let sizer = sizer
    let batch = Batch(console: console) { (node) throws(BatchFault) in
      do throws(SizeQuestionError) {
        return try SizeQuestion(node, names: names)
      } catch {
        throw BatchFault(code: error.code, message: error.message, path: error.path)
      }
    }
    return try batch.runParallel { question, writer in sizer.answer(question).write(to: &writer) }
  }
}
