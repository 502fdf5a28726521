/// A kind of document that a load test's result is written as, by the word in its schema: `headroom/load-cold/1`.
public struct LoadDocument: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// A run: ``LoadRecord``.
  public static let run = LoadDocument(rawValue: "load")
  /// A search for saturation or a ramp: ``SaturationResult``.
  public static let saturation = LoadDocument(rawValue: "load-saturation")
  /// A sweep over levels: ``SweepResult``.
  public static let sweep = LoadDocument(rawValue: "load-sweep")
  public static let cold = LoadDocument(rawValue: "load-cold")
  public static let chaos = LoadDocument(rawValue: "load-chaos")
  public static let mlperf = LoadDocument(rawValue: "load-mlperf")
  public static let mirror = LoadDocument(rawValue: "load-mirror")

  /// The text under the key `schema`.
  public var schema: String { "headroom/\(rawValue)/1" }

  /// Nil where the schema is no load test's.
  public init?(schema: String) {
    let parts = schema.split(separator: "/")
    guard parts.count == 3, parts[0] == "headroom", parts[1].hasPrefix("load"), parts[2] == "1" else { return nil }
    rawValue = String(parts[1])
  }
}

/// The keys by which results of load tests are both written and read: what a writer here writes, a reader here finds.
enum LoadKey {
  static let schema = "schema"
  static let url = "url"
  static let seed = "seed"
  static let started = "started"
  static let schedule = "schedule"
  static let shard = "shard"
  /// Words of ``LoadRecord/Trait``.
  static let covers = "covers"
  /// The recording that was played.
  static let log = "log"
  static let valid = "valid"
  static let loop = "loop"
  /// Thresholds, each with the two keys behind it; of a search the first alone, with its objective.
  static let expectations = "expectations"
  static let expect = "expect"
  static let met = "met"
  static let window = "window_s"
  static let offered = "offered"
  static let ok = "ok"
  static let achievedRate = "achieved_rate"
  static let latency = "latency_ms"
  static let timeline = "timeline"
  /// What a search found: the rate and its interval.
  static let rate = "rate"
  static let low = "low"
  static let high = "high"
  /// The levels of a sweep.
  static let points = "points"
  /// The run inside another test's document.
  static let load = "load"
}
