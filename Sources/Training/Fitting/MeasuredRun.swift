import Catalogs
import Documents
import Quantities

/// A run that was measured: the question that it answers, and what came of it.
public struct MeasuredRun: Sendable {
  public var id: String
  /// Who measured, and in which series.
  public var suite: String
  /// What is left out together in validation: suite, model and card.
  public var group: String
  public var question: TrainingQuestion
  /// The layout; for a question without one, the best legal one by the constants at hand.
  public var layout: TrainingLayout
  /// Tokens a second of one accelerator; nil where only memory was measured.
  public var tokensPerSecond: Double?
  public var allocated: Bytes?
  public var reserved: Bytes?
  /// Whether it ran.
  public var ran: Bool

  /// - Throws: ``TrainingError`` where the question cannot be read.
  public init(
    _ values: [String: String], catalog: Catalog, constants: ConstantsFile = .shipped
  ) throws(TrainingError) {
    let fields = QuestionFields(values)
    id = values["id"] ?? ""
    suite = values["suite"] ?? "own"
    group = "\(suite) \(values["model"] ?? "") \(values["gpu"] ?? "")"
    question = try TrainingQuestion(fields, catalog: catalog)
    layout = try question.answer(constants).layout
    ran = !["0", "false", "no"].contains((values["fits"] ?? "1").lowercased())
    let tokens = try fields.positive("tokens_s_gpu", 0...1e9)
    let seconds = try fields.positive("step_s", 0...1e9)
    let milliseconds = try fields.positive("step_ms", 0...1e12)
    if let tokens, tokens > 0 {
      tokensPerSecond = tokens
    } else if let step = seconds ?? milliseconds.map({ $0 / 1e3 }), step > 0 {
      tokensPerSecond = question.work.tokens / step / Double(max(1, layout.accelerators))
    }
    allocated = try fields.positive("mem_gib", 0...1e6).map { .gibibytes($0) }
    reserved = try fields.positive("reserved_gib", 0...1e6).map { .gibibytes($0) }
  }

  /// Log of predicted over measured.
  func residual(_ constants: StepConstants) -> Double? {
    guard let measured = tokensPerSecond else { return nil }
    let step = StepModel(question.work, on: question.hardware, constants: constants).step(layout).step
    let rate = question.work.tokens / step / Double(max(1, layout.accelerators))
    return logarithm(rate / measured)
  }
}
