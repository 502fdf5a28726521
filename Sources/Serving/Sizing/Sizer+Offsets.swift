import Catalogs
import Quantities

extension Sizer {
  /// Figures that move together: all statistics of the time to the first token, and all of the pace after it.
  static func figure(of metric: String) -> String {
    metric.hasPrefix("ttft") ? "ttft" : metric.hasPrefix("tpot") || metric.hasPrefix("itl") ? "tpot" : metric
  }

  /// Kinds of questions that are offset alike.
  static func offsetKind(_ mode: SizeQuestion.Mode) -> String {
    mode == .closedLoopSilicon ? SizeQuestion.Mode.closedLoopAggregated.rawValue : mode.rawValue
  }

  /// What a measured offset is told by.
  static func traits(of question: SizeQuestion) -> [Double] {
    MeasuredOffset.traits(
      requests: Double(question.batch ?? 1), input: question.input ?? 1, output: question.output ?? 1,
      cards: Double(question.tensorParallel ?? question.cards))
  }

  /// The answer moved by what public tables measured of the model on the accelerator, where the question names no engine.
  func offset(_ answer: SizeAnswer, _ question: SizeQuestion) -> SizeAnswer {
    guard !constants.offsets.isEmpty, question.engine.isEmpty, only == nil else { return answer }
    func factor(_ figure: String) -> Double {
      let found = constants.offset(
        mode: Self.offsetKind(question.mode), figure: figure, model: question.model.name,
        chip: question.accelerator.name)
      return found?.factor(Self.traits(of: question)) ?? 1
    }
    let (first, pace) = (factor("ttft"), factor("tpot"))
    guard first != 1 || pace != 1 else { return answer }
    var moved = answer
    for path in [\SizeAnswer.firstTokenMean, \.firstTokenP50, \.firstTokenP99] {
      moved[keyPath: path] = answer[keyPath: path].map { $0 * first }
    }
    for path in [\SizeAnswer.perTokenMean, \.perTokenP50, \.perTokenP99, \.betweenTokensMean] {
      moved[keyPath: path] = answer[keyPath: path].map { $0 * pace }
    }
    // Users of a closed loop ask again as soon as they are answered: what a replica yields goes with one over the whole.
    if question.mode.isClosedLoop, let before = answer.wholeMean(of: question),
      let after = moved.wholeMean(of: question),
      after > 0
    {
      let slower = after / before
      moved.outputThroughput = answer.outputThroughput.map { $0 / slower }
      moved.throughputPerCard = answer.throughputPerCard.map { $0 / slower }
      moved.responseP99 = answer.responseP99.map { $0 * slower }
      moved.makespan = answer.makespan.map { $0 * slower }
    }
    return moved
  }
}

extension SizeAnswer {
  /// Milliseconds from a request to its last token, on average.
  fileprivate func wholeMean(of question: SizeQuestion) -> Double? {
    guard let first = firstTokenMean, let pace = perTokenMean else { return nil }
    return first + pace * max(0, (question.output ?? 1) - 1)
  }
}
