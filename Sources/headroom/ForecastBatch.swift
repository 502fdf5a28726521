import Documents
import Terminal
import Traffic

/// `headroom forecast --batch`: questions in, answers out, in order.
struct ForecastBatch {
  let console: Console
  let isPooled: Bool

  func run() throws -> ExitCode {
    let batch = Batch(console: console) { (node) throws(BatchFault) in
      do throws(ForecastQuestionError) {
        return try ForecastQuestion(node)
      } catch {
        throw BatchFault(code: error.code, message: error.message, path: error.path)
      }
    }
    guard isPooled else {
      let forecaster = EnsembleForecaster()
      return try batch.runParallel { question, writer in forecaster.forecast(question).write(to: &writer) }
    }
    return try batch.runPooled { questions in
      let hourly = questions.filter { $0.stepSeconds == 3600 }.map(\.values)
      let forecaster = EnsembleForecaster(prior: LagPrior(of: hourly) ?? LagPrior.shipped)
      return { question, writer in forecaster.forecast(question).write(to: &writer) }
    }
  }
}
