import Documents
import Glibc

/// How far measurements of one model on one accelerator lie from what an engine that nobody named would make of them: a
/// factor on a figure, found by a fit that draws every such factor towards 1, so that few measurements move it little.
///
/// Public tables tell neither their engine nor its settings. What they measured of one model on one chip tells a part of
/// it, which holds for other lengths and loads of the two, and nothing of other models and chips.
public struct MeasuredOffset: Hashable, Sendable {
  /// The kind of question, the figure (`ttft`, `tpot`, of all their statistics), the model and the accelerator that it is
  /// of.
  public var mode: String
  public var figure: String
  public var model: String
  public var chip: String
  /// The logarithm of truth over answer at 32 requests at once, 2000 tokens in, 500 out, and 2 cards, and its slopes by
  /// the logarithms of these four.
  public var terms: [Double]
  /// The least and the most of each of the four that were measured, as logarithms: beyond them nothing goes on growing.
  public var low: [Double]
  public var high: [Double]

  public init(
    mode: String, figure: String, model: String, chip: String, terms: [Double], low: [Double], high: [Double]
  ) {
    self.mode = mode
    self.figure = figure
    self.model = model
    self.chip = chip
    self.terms = terms
    self.low = low
    self.high = high
  }

  /// What the factor's logarithm is told by: 1, and the logarithms of requests at once, tokens in and out, and cards, over
  /// the point at which the first term holds.
  public static func traits(requests: Double, input: Double, output: Double, cards: Double) -> [Double] {
    [
      1, log(max(1e-9, requests) / 32), log(max(1e-9, input) / 2000), log(max(1e-9, output) / 500),
      log(max(1e-9, cards) / 2),
    ]
  }

  /// The factor on an answer, within a factor of e both ways.
  public func factor(_ traits: [Double]) -> Double {
    var sum = 0.0
    for i in terms.indices where i < traits.count {
      let trait = i == 0 || i > low.count || i > high.count ? traits[i] : max(low[i - 1], min(high[i - 1], traits[i]))
      sum += terms[i] * trait
    }
    return exp(max(-1, min(1, sum)))
  }

  init(_ node: Node) {
    func text(_ key: String) -> String { node[key]?.text ?? "" }
    func numbers(_ key: String) -> [Double] { (node[key]?.elements ?? []).prefix(5).map { $0.number ?? 0 } }
    self.init(
      mode: text("mode"), figure: text("figure"), model: text("model"), chip: text("chip"), terms: numbers("terms"),
      low: numbers("low"), high: numbers("high"))
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      for (key, value) in [("mode", mode), ("figure", figure), ("model", model), ("chip", chip)] {
        json.key(key)
        json.string(value)
      }
      for (key, values) in [("terms", terms), ("low", low), ("high", high)] {
        json.key(key)
        json.array { json in for value in values { json.number((value * 1000).rounded() / 1000) } }
      }
    }
  }
}
