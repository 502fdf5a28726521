import Documents
import Terminal
import Traffic

/// `headroom forecast --batch`: questions in, answers out, in order.
struct ForecastBatch {
  let console: Console
  let isPooled: Bool

  func run() throws -> ExitCode {
    var reader = NDJSONReader()
    var waiting: [BatchQuestion<ForecastQuestion>] = []
    func take(_ line: UnsafeRawBufferPointer, _ number: Int) {
      let question = BatchQuestion(line, number) { (node) throws(BatchFault) in
        do throws(ForecastQuestionError) {
          return try ForecastQuestion(node)
        } catch {
          throw BatchFault(code: error.code, message: error.message, path: error.path)
        }
      }
      if let question { waiting.append(question) }
    }
    func answerWaiting(_ forecaster: EnsembleForecaster) {
      // A few at a time, so that answers leave while later ones are computed.
      var rest = waiting[...]
      waiting = []
      while !rest.isEmpty {
        let part = Array(rest.prefix(64))
        rest = rest.dropFirst(64)
        for answer in ParallelMap.map(part.count, { part[$0].answer(forecaster) }) {
          console.result.write(bytes: answer)
          console.result.write("\n")
        }
        console.result.flush()
      }
    }
    let single = EnsembleForecaster()
    try Input.stream(path: "-") { chunk in
      try reader.feed(chunk) { take($0, $1) }
      if !isPooled { answerWaiting(single) }
    }
    try reader.finish { take($0, $1) }
    guard isPooled else {
      answerWaiting(single)
      return .done
    }
    let hourly = waiting.compactMap { try? $0.question.get() }.filter { $0.stepSeconds == 3600 }.map(\.values)
    answerWaiting(EnsembleForecaster(prior: LagPrior(of: hourly) ?? LagPrior.shipped))
    return .done
  }
}

extension BatchQuestion<ForecastQuestion> {
  fileprivate func answer(_ forecaster: EnsembleForecaster) -> [UInt8] {
    reply { question, writer in forecaster.forecast(question).write(to: &writer) }
  }
}
