import Catalogs
import Glibc
import Quantities

/// Fits the constants of all engines, chips and kernels together to published figures, and tells the errors on groups
/// that a fit did not see.
///
/// Each constant is a factor on a round figure where every fit begins (`EngineCatalog/unfitted`), so that a fit does not
/// depend on the constants at hand. The constants of one kind are pooled: each engine's is drawn to the mean of all
/// engines', each generation of chips' to that of all generations, and only the mean is loosely drawn to where it began.
/// Relative errors are made small by Gauss and Newton's method with Levenberg's damping; errors beyond a quarter count
/// linearly (Huber), and each kind of figure counts alike, whatever its number.
public struct ServingFit: Sendable {
  public let figures: [MeasuredService]
  public let start: EngineCatalog
  /// Rounds at most; a fit ends where a round makes it better by less than three parts in ten thousand.
  public var iterations = 12
  /// The standard deviation of a constant's logarithm, if nothing is known but its start.
  public var deviation = 0.5
  /// How much the priors count beside the figures: chosen by leaving groups out (``chosen(among:progress:)``).
  public var prior = 0.02
  /// The priors that are tried.
  public static let priors = [0.006, 0.02, 0.1]
  /// Users above which a closed loop is left out of the fit (not of the errors): it costs more than it tells.
  public var mostUsers = 1024
  /// Figures of one kind beyond which a fit takes every second, third... of them (the errors count all): they cost more
  /// than they tell.
  public var mostOfKind = 120
  /// The same of figures of two pools, each of which takes as long as a hundred others.
  public var mostOfPools = 60
  /// The engines whose constants are fitted, all others and the chips' being kept; nil fits everything.
  public var engines: Set<String>?
  /// Weights of kinds; 1 where not named.
  public var weights = ServingFit.usualWeights

  /// What is asked for counts more than what comes beside it; what was served below the limits most, since only answers
  /// below it are wrong, but no more than that capacities elsewhere stay in their middle.
  public static let usualWeights: [String: Double] = [
    "InferenceX tpot_p50": 0.5,
    "InferenceX tpot_p99": 0.15,
    "InferenceX ttft_p50": 0.15,
    "InferenceX ttft_p99": 2.5,
    "InferenceX, two pools, throughput_per_gpu": 0.5,
    "InferenceX, two pools, tpot_p50": 0.3,
    "InferenceX, two pools, tpot_p99": 0.05,
    "InferenceX, two pools, ttft_p50": 0.05,
    "InferenceX, two pools, ttft_p99": 0.8,
    "capacity at a limit, MLPerf 6": 1.5,
    "capacity under limits, MLPerf 5": 1.2,
    "engine log makespan": 0,
    "engine log output_throughput": 5,
    "engine log tpot_mean": 8,
    "engine log ttft_p99": 0.5,
    "most throughput": 1.5,
    "online output_throughput": 0.2,
    "open-loop e2e_p99": 0.7,
    "open-loop tpot_mean": 2,
    "open-loop ttft_mean": 1.5,
    "open-loop ttft_p99": 2,
    "served below limits, MLPerf 6": 6,
    "time per token": 1.5,
    "time to first token": 2,
  ]

  public init(_ figures: [MeasuredService], from start: EngineCatalog = .builtIn) {
    self.figures = figures
    self.start = start
  }

  /// One constant.
  struct Constant: Sendable {
    enum Place: Sendable {
      case engine(String, any WritableKeyPath<EngineProfile, Double> & Sendable)
      case family(String, any WritableKeyPath<ChipFamily, Double> & Sendable)
      /// Of the row of this index.
      case version(Int, any WritableKeyPath<EngineVersion, Double> & Sendable)
      case arithmetic(any WritableKeyPath<ArithmeticConstants, Double> & Sendable)
    }
    var place: Place
    /// Constants of one kind, of several engines or generations of chips, are pooled; nil where there is but one.
    var pool: Int?
    /// The constant's own share of ``ServingFit/deviation``.
    var freedom: Double
  }

  static func constants(of catalog: EngineCatalog) -> [Constant] {
    var found: [Constant] = []
    for engine in catalog.engines {
      let paths: [(any WritableKeyPath<EngineProfile, Double> & Sendable, Double)] = [
        (\.perStep, 1), (\.perLayer, 1.5), (\.perExpertLayer, 1.5), (\.perLatentLayer, 1), (\.perPromptLayer, 1.5),
        (\.perPromptExpertLayer, 1.5), (\.perSequence, 2), (\.perPrompt, 1), (\.entry, 1), (\.cold, 1),
        (\.compute, 0.5),
        (\.narrow, 0.5), (\.bandwidth, 0.3), (\.cacheBandwidth, 0.6), (\.expertFactor, 0.5), (\.perRoutedToken, 2),
        (\.perArrival, 1),
      ]
      found += paths.enumerated().map { Constant(place: .engine(engine.name, $1.0), pool: $0, freedom: $1.1) }
    }
    // What a version or a time made of an engine.
    for row in catalog.versions.indices {
      found += [
        Constant(place: .version(row, \.overheads), freedom: 1),
        Constant(place: .version(row, \.bandwidth), freedom: 0.5),
        Constant(place: .version(row, \.compute), freedom: 0.5),
      ]
    }
    for family in catalog.families {
      let paths: [(any WritableKeyPath<ChipFamily, Double> & Sendable, Double)] = [
        (\.compute, 0.5), (\.bandwidth, 0.2), (\.hop, 1), (\.link, 1), (\.cold, 1.5),
      ]
      found += paths.enumerated().map { Constant(place: .family(family.name, $1.0), pool: 100 + $0, freedom: $1.1) }
    }
    let paths: [(any WritableKeyPath<ArithmeticConstants, Double> & Sendable, Double)] = [
      (\.attention, 0.5), (\.fp4, 0.5), (\.fp8, 0.5), (\.experts, 0.5), (\.exchange, 1), (\.power, 1),
      (\.smallHead, 0.5),
      (\.paceTail, 0.1), (\.sustainedAtPace, 0.1), (\.sustained, 0.1),
    ]
    return found + paths.map { Constant(place: .arithmetic($0.0), freedom: $0.1) }
  }

  static func applied(_ logs: [(Constant, Double)], to catalog: EngineCatalog) -> EngineCatalog {
    var engines = Dictionary(uniqueKeysWithValues: catalog.engines.map { ($0.name, $0) })
    var families = Dictionary(uniqueKeysWithValues: catalog.families.map { ($0.name, $0) })
    var arithmetic = catalog.arithmetic
    var versions = catalog.versions
    for (constant, log) in logs where log != 0 {
      switch constant.place {
      case .engine(let name, let path): engines[name]?[keyPath: path] *= exp(log)
      case .family(let name, let path): families[name]?[keyPath: path] *= exp(log)
      case .version(let row, let path):
        if versions.indices.contains(row) { versions[row][keyPath: path] *= exp(log) }
      case .arithmetic(let path): arithmetic[keyPath: path] *= exp(log)
      }
    }
    var result = catalog.replacing(arithmetic)
    for engine in catalog.engines { result = result.replacing(engines[engine.name] ?? engine) }
    for version in versions { result = result.replacing(version) }
    for family in catalog.families { result = result.replacing(families[family.name] ?? family) }
    return result
  }

  /// Answers over truths, nil where there is none.
  /// - Parameter tellsEngines: Whether the engine is told where the source knows it and the question does not.
  public static func ratios(
    _ figures: [MeasuredService], _ catalog: EngineCatalog, tellsEngines: Bool = false
  ) -> [Double?] {
    let sizer = Sizer(constants: catalog)
    return figures.map { figure in
      guard let value = sizer.answer(tellsEngines ? figure.told : figure.question).value(of: figure.metric), value >= 0,
        value.isFinite
      else {
        return nil
      }
      return value / figure.value
    }
  }

  /// Errors of one kind of figure.
  public struct Score: Sendable {
    public var kind: String
    public var errors: EngineCalibration.Errors
  }

  public static func scores(_ figures: [MeasuredService], _ ratios: [Double?]) -> [Score] {
    var byKind: [String: [Double]] = [:]
    for (figure, ratio) in zip(figures, ratios) {
      guard let ratio else { continue }
      byKind[figure.kind, default: []].append(figure.isFloor ? min(1, ratio) : ratio)
    }
    return byKind.sorted { $0.key < $1.key }.map { Score(kind: $0.key, errors: EngineCalibration.Errors($0.value)) }
  }

  /// The catalog fitted to the figures.
  public func run(progress: (String) -> Void = { _ in }) -> EngineCatalog { fit(figures, progress) }

  /// An answer over its truth, of a figure whose group the fit had not seen.
  public typealias Unseen = (figure: MeasuredService, ratio: Double)

  /// Answers over truths where each group was left out of the fit that answered it, with its figures: groups in so many
  /// parts, each left out once.
  public func leftOut(
    by group: (MeasuredService) -> String = { $0.group }, parts: Int = 5, only: Range<Int>? = nil,
    progress: (String) -> Void = { _ in }
  ) -> [Unseen] {
    let groups = Array(Set(figures.map(group))).sorted()
    var result: [Unseen] = []
    for part in only ?? 0..<parts {
      let out = Set(groups.indices.filter { $0 % parts == part }.map { groups[$0] })
      let seen = figures.filter { !out.contains(group($0)) }
      let rest = figures.filter { out.contains(group($0)) }
      let catalog = fit(seen, progress)
      for (figure, ratio) in zip(rest, Self.ratios(rest, catalog)) { if let ratio { result.append((figure, ratio)) } }
      progress("part \(part + 1) of \(parts)")
    }
    return result
  }

  /// How wrong answers are, kinds by their weights: the mean of relative errors, none counting more than 1.
  public func badness(_ unseen: [Unseen]) -> Double {
    var byKind: [String: (sum: Double, count: Double)] = [:]
    for (figure, ratio) in unseen {
      let error = figure.isFloor ? max(0, 1 - ratio) : abs(ratio - 1)
      let known = byKind[figure.kind] ?? (0, 0)
      byKind[figure.kind] = (known.sum + min(1, error), known.count + 1)
    }
    var sum = 0.0
    var all = 0.0
    for (kind, errors) in byKind.sorted(by: { $0.key < $1.key }) {
      // What was served below limits counts in a fit by how rarely an answer lies below it.
      let weight = min(3, weights[kind] ?? 1)
      sum += weight * errors.sum / errors.count
      all += weight
    }
    return sum / max(1e-9, all)
  }

  /// The same with the prior that leaves the least error on groups left out, and these errors.
  public func chosen(
    among priors: [Double] = ServingFit.priors, progress: (String) -> Void = { _ in }
  ) -> (fit: ServingFit, leftOut: [Unseen]) {
    var best: (fit: ServingFit, leftOut: [Unseen], badness: Double)?
    for prior in priors {
      var fit = self
      fit.prior = prior
      let unseen = fit.leftOut(progress: progress)
      let badness = fit.badness(unseen)
      progress("prior \(prior): mean error of groups left out \(NumberFormat.share(badness))")
      if badness < best?.badness ?? .infinity { best = (fit, unseen, badness) }
    }
    return best.map { ($0.fit, $0.leftOut) } ?? (self, leftOut(progress: progress))
  }

  /// A catalog with the bands that left-out groups give: the 10 and 90 % quantiles of truth over answer, by kind of
  /// question and figure that a band is told of.
  public static func banded(
    _ catalog: EngineCatalog, by leftOut: [(figure: MeasuredService, ratio: Double)]
  ) -> EngineCatalog {
    var result = catalog
    for band in catalog.bands {
      let truths = leftOut.compactMap { figure, ratio -> Double? in
        let isOf = figure.question.mode.rawValue == band.mode && figure.metric == band.metric
        return isOf && !figure.isFloor && ratio > 0 ? 1 / ratio : nil
      }
      // Fewer than these tell no tenth of them.
      guard truths.count >= 8 else { continue }
      let ends = ServingRun.quantiles(truths, [0.1, 0.9])
      // A band holds its own answer, however biased the left-out answers were.
      result = result.replacing(
        MeasuredBand(mode: band.mode, metric: band.metric, low: min(1, ends[0]), high: max(1, ends[1])))
    }
    return result
  }
}
