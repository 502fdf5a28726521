import Catalogs
import Documents
import Quantities

/// One published figure of a served model, and the question that it answers.
public struct MeasuredService: Hashable, Sendable {
  public var id: String
  /// Figures of one group are left out together: of one configuration with the whole sweep of its loads (a model on cards
  /// of a kind and number, and lengths), whatever engine ran; of one suite, model and card where a benchmark has but one
  /// load.
  public var group: String
  /// All groups of one suite, model, card and engine: what is left out together where nothing of a system may be known.
  public var system: String
  /// What its error is reported under, and which bar it counts for.
  public var kind: String
  public var question: SizeQuestion
  /// A key of an answer.
  public var metric: String
  public var value: Double
  /// Whether more than it could have been served: an answer above is no error.
  public var isFloor: Bool
  /// The engine that ran, where the source tells it and the question does not: constants are fitted with it, answers are
  /// given without.
  public var engine: String

  public init(
    id: String, group: String, system: String? = nil, kind: String, question: SizeQuestion, metric: String,
    value: Double, isFloor: Bool = false, engine: String = ""
  ) {
    self.id = id
    self.group = group
    self.system = system ?? group
    self.kind = kind
    self.question = question
    self.metric = metric
    self.value = value
    self.isFloor = isFloor
    self.engine = engine
  }

  /// What counts alike in a fit, whatever its number: figures of one kind from one kind of measurement, so that a table of
  /// a thousand rows does not drown another's seventy.
  var stratum: String { "\(kind)|\(question.mode == .closedLoopSilicon ? .closedLoopAggregated : question.mode)" }

  /// The question as the source knows it.
  var told: SizeQuestion {
    guard question.engine.isEmpty, !engine.isEmpty else { return question }
    var asked = question
    asked.engine = engine
    // Tables that tell no version are of the engines of autumn 2025.
    if !engine.contains(where: \.isNumber) { asked.engineDate = "2025-10" }
    return asked
  }

  /// The columns of a table of published figures (truth.csv) that are read.
  public static let columns = [
    "id", "source", "model", "gpu", "n_gpu", "tp", "replicas", "weight_dtype", "kv_dtype", "mode", "batch", "qps",
    "isl",
    "osl", "metric", "value", "note",
  ]

  /// Reads a table of published figures, one a row.
  /// - Returns: The figures, and why rows were left out.
  public static func figures(
    of table: CSVTable, catalog: Catalog = .builtIn
  ) -> (figures: [MeasuredService], faults: [String]) {
    var found: [MeasuredService] = []
    var faults: [String] = []
    let present = columns.compactMap { name in table.texts(name).map { (name, $0) } }
    for row in 0..<table.rowCount {
      var values: [String: String] = [:]
      for (name, column) in present where !column[row].isEmpty { values[name] = String(column[row]) }
      let metric = ["tpot": "tpot_mean", "ttft": "ttft_mean"][values["metric"] ?? ""] ?? values["metric"] ?? ""
      guard let value = values["value"].flatMap({ Double($0) }), value > 0 else { continue }
      guard let asked = node(of: values) else { continue }
      do throws(SizeQuestionError) {
        let question = try SizeQuestion(asked, catalog: catalog)
        found.append(
          MeasuredService(
            id: values["id"] ?? "row \(row + 1)",
            group: group(of: question),
            system: [
              question.mode.rawValue, question.model.name, question.accelerator.name,
              question.mode.isClosedLoop ? values["note"] ?? "" : "",
            ].joined(separator: "|"),
            kind: kind(question, metric), question: question, metric: metric, value: value,
            engine: question.mode.isClosedLoop ? values["note"] ?? "" : ""))
      } catch {
        faults.append("\(values["id"] ?? "row \(row + 1)"): \(error.message)")
      }
    }
    return (found, faults)
  }

  /// Of a table's rows: the model, its cards and lengths; a benchmark's lengths are always the same.
  private static func group(of question: SizeQuestion) -> String {
    let system = [question.model.name, question.accelerator.name]
    guard !question.mode.isMLPerf else { return (["mlperf5"] + system).joined(separator: "|") }
    let span = question.tensorParallel ?? question.cards
    return (system + ["\(span)", "\(Int(question.input ?? 0))", "\(Int(question.output ?? 0))"]).joined(separator: "|")
  }

  private static func node(of values: [String: String]) -> Node? {
    var json = JSONWriter()
    let texts: Set = ["id", "source", "model", "gpu", "weight_dtype", "kv_dtype", "mode", "metric", "note", "qps"]
    json.object { json in
      for name in columns {
        guard let value = values[name] else { continue }
        json.key(name)
        if !texts.contains(name), let number = Double(value) { json.number(number) } else { json.string(value) }
      }
    }
    return try? JSON.parse(json.text, file: nil)
  }

  private static func kind(_ question: SizeQuestion, _ metric: String) -> String {
    switch (question.mode, metric) {
    case (.mlperfServer, _), (.mlperfInteractive, _): "capacity under limits, MLPerf 5"
    case (.offlineInFlight, _), (.offlineStatic, _), (.mlperfOffline, _): "most throughput"
    // One log of an engine, asked for by itself.
    case (.onlineTrace, _): "engine log \(metric)"
    case (_, "tpot_mean"), (_, "itl_mean"): "time per token"
    case (_, "ttft_mean"): "time to first token"
    default: "\(question.mode.rawValue) \(metric)"
    }
  }

  /// Reads a line of `{"id", "group", "question", "truth"}` (engines_dev.jsonl): all figures of one measurement.
  /// - Throws: ``SizeQuestionError`` where the question cannot be read.
  public static func figures(
    of line: Node, catalog: Catalog = .builtIn
  ) throws(SizeQuestionError) -> [MeasuredService] {
    guard let asked = line["question"] else { return [] }
    let question = try SizeQuestion(asked, catalog: catalog)
    let id = line["id"]?.text ?? ""
    let group = line["group"]?.text ?? ""
    var truths: [String: Double] = [:]
    for entry in line["truth"]?.entries ?? [] { truths[entry.key] = entry.value.number }
    if question.mode == .mlperfServer || question.mode == .mlperfInteractive {
      guard let rate = question.rate, rate.isFinite else { return [] }
      let first = (truths["ttft_p99"] ?? 0) / 1000 / (question.firstTokenLimit ?? 1e9)
      let each = (truths["tpot_p99"] ?? 0) / 1000 / (question.perTokenLimit ?? 1e9)
      let isAtLimit = max(first, each) >= 0.9
      return [
        MeasuredService(
          id: id, group: group, kind: isAtLimit ? "capacity at a limit, MLPerf 6" : "served below limits, MLPerf 6",
          question: question, metric: "capacity_qps", value: rate, isFloor: !isAtLimit)
      ]
    }
    return truths.sorted { $0.key < $1.key }.compactMap { metric, value in
      guard metric != "overloaded", value > 0 else { return nil }
      let isSplit = question.prefill != nil
      let kind =
        question.mode == .closedLoop
        ? "InferenceX\(isSplit ? ", two pools," : "") \(metric)" : "\(question.mode.rawValue) \(metric)"
      return MeasuredService(
        id: id, group: group, kind: kind, question: question, metric: metric, value: value)
    }
  }
}
