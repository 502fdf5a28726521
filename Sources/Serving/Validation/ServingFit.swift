import Catalogs
import Glibc
import Quantities

/// Fits the constants of all engines, chips and kernels together to published figures, and tells the errors on groups
/// that a fit did not see.
///
/// Each constant is a factor on where it starts, drawn there by a prior. Relative errors are made small by Gauss and Newton's method with Levenberg's damping; errors beyond a quarter count linearly (Huber), and
/// each kind of figure counts alike, whatever its number.
public struct ServingFit: Sendable {
  public let figures: [MeasuredService]
  public let start: EngineCatalog
  public var iterations = 8
  /// The standard deviation of a constant's logarithm, if nothing is known but its start.
  public var deviation = 0.5
  /// How much the priors count beside the figures.
  public var prior = 0.002
  /// Users above which a closed loop is left out of the fit (not of the errors): it costs more than it tells.
  public var mostUsers = 1024
  /// Figures of one kind beyond which a fit takes every second, third... of them (the errors count all): they cost more
  /// than they tell.
  public var mostOfKind = 300
  /// The engines whose constants are fitted, all others and the chips' being kept; nil fits everything.
  public var engines: Set<String>?
  /// Weights of kinds; 1 where not named.
  public var weights = ServingFit.usualWeights

  /// What is asked for counts more than what comes beside it; what was served below the limits most, since only answers
  /// below it are wrong.
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
    "served below limits, MLPerf 6": 70,
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
      found += paths.map { Constant(place: .engine(engine.name, $0.0), freedom: $0.1) }
    }
    // What a version or a time made of an engine.
    for row in catalog.versions.indices {
      found += [
        Constant(place: .version(row, \.overheads), freedom: 0.4),
        Constant(place: .version(row, \.bandwidth), freedom: 0.2),
        Constant(place: .version(row, \.compute), freedom: 0.2),
      ]
    }
    for family in catalog.families {
      let paths: [(any WritableKeyPath<ChipFamily, Double> & Sendable, Double)] = [
        (\.compute, 0.5), (\.bandwidth, 0.2), (\.hop, 1), (\.link, 1), (\.cold, 1.5),
      ]
      found += paths.map { Constant(place: .family(family.name, $0.0), freedom: $0.1) }
    }
    let paths: [(any WritableKeyPath<ArithmeticConstants, Double> & Sendable, Double)] = [
      (\.attention, 0.5), (\.fp4, 0.5), (\.fp8, 0.5), (\.experts, 0.5), (\.exchange, 1), (\.smallHead, 0.5),
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
  public func run(progress: (String) -> Void = { _ in }) -> EngineCatalog { fit(figures, from: start, progress) }

  /// Answers over truths where each group was left out of the fit that answered it, with its figures: groups in so many
  /// parts, each left out once. The fits begin at round figures (`EngineCatalog/unfitted`), which no group has set.
  public func leftOut(
    parts: Int = 5, only: Range<Int>? = nil, progress: (String) -> Void = { _ in }
  ) -> [(figure: MeasuredService, ratio: Double)] {
    let groups = Array(Set(figures.map(\.group))).sorted()
    var result: [(MeasuredService, Double)] = []
    for part in only ?? 0..<parts {
      let out = Set(groups.indices.filter { $0 % parts == part }.map { groups[$0] })
      let seen = figures.filter { !out.contains($0.group) }
      let rest = figures.filter { out.contains($0.group) }
      let catalog = fit(seen, from: start.unfitted, progress)
      for (figure, ratio) in zip(rest, Self.ratios(rest, catalog)) { if let ratio { result.append((figure, ratio)) } }
      progress("part \(part + 1) of \(parts)")
    }
    return result
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

  /// The figures that a fit sees.
  private func thinned(_ all: [MeasuredService]) -> [MeasuredService] {
    let usable = all.filter {
      $0.metric != "kv_gib" && (!$0.question.mode.isClosedLoop || $0.question.batch ?? 0 <= mostUsers)
    }
    var counts: [String: Int] = [:]
    for figure in usable { counts[figure.kind, default: 0] += 1 }
    var places: [String: Int] = [:]
    return usable.filter { figure in
      let every = ((counts[figure.kind] ?? 0) + mostOfKind - 1) / mostOfKind
      let place = places[figure.kind, default: 0]
      places[figure.kind] = place + 1
      return place % max(1, every) == 0
    }
  }

  /// The figures, and those whose source knows an engine that the question does not name once more without it: the engine
  /// that stands for all is fitted to them.
  private static func asTold(_ figures: [MeasuredService], by sizer: Sizer) -> [MeasuredService] {
    figures
      + figures.compactMap { figure in
        guard sizer.engine(of: figure.told).name != sizer.engine(of: figure.question).name else { return nil }
        var plain = figure
        plain.engine = ""
        return plain
      }
  }

  private func isFitted(_ place: Constant.Place) -> Bool {
    guard let engines else { return true }
    if case .engine(let name, _) = place { return engines.contains(name) }
    return false
  }

  private func fit(
    _ all: [MeasuredService], from start: EngineCatalog, _ progress: (String) -> Void
  ) -> EngineCatalog {
    let sizer = Sizer(constants: start)
    let figures = Self.asTold(thinned(all), by: sizer)
    let engines = figures.map { sizer.engine(of: $0.told).name }
    let families = figures.map { start.family(of: $0.question.accelerator).name }
    var counts: [String: Double] = [:]
    for figure in figures { counts[figure.kind, default: 0] += 1 }
    let weight = figures.map { (weights[$0.kind] ?? 1) / (counts[$0.kind] ?? 1).squareRoot() / 10 }
    // A constant that no figure is of stays.
    var constants: [(Constant, touched: [Int])] = []
    for constant in Self.constants(of: start) {
      let touched: [Int]
      switch constant.place {
      case .engine(let name, let path):
        touched =
          start.engines.contains { $0.name == name && $0[keyPath: path] > 0 }
          ? engines.indices.filter { engines[$0] == name } : []
      case .version(let row, _):
        let row = start.versions.indices.contains(row) ? start.versions[row] : nil
        touched = engines.indices.filter { index in
          guard let row, engines[index] == row.engine else { return false }
          let asked = figures[index].told
          return start.versionRow(
            of: row.engine, version: asked.engineVersion.isEmpty ? asked.engine : asked.engineVersion,
            date: asked.engineDate) == row
        }
      case .family(let name, _): touched = families.indices.filter { families[$0] == name }
      case .arithmetic: touched = Array(figures.indices)
      }
      if !touched.isEmpty, isFitted(constant.place) { constants.append((constant, touched)) }
    }
    let count = constants.count
    func catalog(_ logs: [Double]) -> EngineCatalog {
      Self.applied(zip(constants, logs).map { ($0.0, $1) }, to: start)
    }
    func residuals(_ logs: [Double], _ indices: [Int]) -> [Double] {
      let some = indices.map { figures[$0] }
      return zip(some, Self.ratios(some, catalog(logs), tellsEngines: true)).map { figure, ratio in
        guard let ratio else { return 0 }
        if figure.isFloor, ratio >= 1 { return 0 }
        // What was served is a bound: how far below it an answer lies counts by its logarithm.
        return figure.isFloor ? max(log(max(ratio, 1e-9)), -3) : min(ratio - 1, 3)
      }
    }
    let pull = constants.map { prior / ($0.0.freedom * deviation) / ($0.0.freedom * deviation) }
    func loss(_ errors: [Double], _ logs: [Double]) -> Double {
      var sum = 0.0
      for (e, w) in zip(errors, weight) {
        let size = abs(e)
        sum += w * (size < 0.25 ? e * e : 0.5 * size - 0.0625)
      }
      for (log, pull) in zip(logs, pull) { sum += pull * log * log }
      return sum
    }
    let everything = Array(figures.indices)
    var logs = [Double](repeating: 0, count: count)
    var errors = residuals(logs, everything)
    var best = loss(errors, logs)
    progress("loss \(best)")
    var damping = 1e-2
    for round in 0..<iterations {
      let step = 0.04
      var jacobian: [[(Int, Double)]] = []
      for i in 0..<count {
        var moved = logs
        moved[i] += step
        let touched = constants[i].touched
        jacobian.append(
          zip(touched, residuals(moved, touched)).compactMap { index, value in
            let slope = (value - errors[index]) / step
            return slope == 0 ? nil : (index, max(-3, min(3, slope)))
          })
      }
      let weights = zip(errors, weight).map { $1 * (abs($0) < 0.25 ? 1 : 0.25 / abs($0)) }
      var matrix = [Double](repeating: 0, count: count * count)
      var right = [Double](repeating: 0, count: count)
      var row = [Double](repeating: 0, count: figures.count)
      for i in 0..<count {
        for (index, slope) in jacobian[i] {
          row[index] = slope * weights[index]
          right[i] -= slope * weights[index] * errors[index]
        }
        for j in 0..<count {
          var sum = 0.0
          for (index, slope) in jacobian[j] { sum += row[index] * slope }
          matrix[i * count + j] = sum
        }
        for (index, _) in jacobian[i] { row[index] = 0 }
        matrix[i * count + i] += pull[i]
        right[i] -= pull[i] * logs[i]
      }
      var isBetter = false
      for _ in 0..<5 {
        var damped = matrix
        for i in 0..<count { damped[i * count + i] *= 1 + damping }
        guard let move = LinearSystem.solve(damped, right) else {
          damping *= 6
          continue
        }
        let next = zip(logs, move).map { max(-2.5, min(2.5, $0 + max(-0.5, min(0.5, $1)))) }
        let found = residuals(next, everything)
        let value = loss(found, next)
        if value < best {
          isBetter = best - value > 5e-4 * best
          (logs, errors, best) = (next, found, value)
          damping = max(1e-3, damping / 4)
          break
        }
        damping *= 6
      }
      progress("round \(round + 1): loss \(best)")
      if !isBetter { break }
    }
    return catalog(logs)
  }
}
