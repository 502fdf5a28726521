import Documents

/// What is wrong with a question, and where.
public struct ForecastQuestionError: Error, Hashable, Sendable {
  public let code: String
  public let message: String
  /// The key that is at fault.
  public let path: String
}

extension ForecastQuestion {
  /// A question of a stream: `{"values": [number or null], "horizon", "step_seconds", "seasons": [24, 168]}`.
  ///
  /// Step and seasons may be missing: an hour, and the day and week of the step.
  public init(_ node: Node) throws(ForecastQuestionError) {
    guard node.entries != nil else {
      throw ForecastQuestionError(
        code: "not-an-object", message: "A question is an object: write {\"values\": [...], \"horizon\": 48}.", path: ""
      )
    }
    guard let values = node["values"]?.numbers else {
      throw ForecastQuestionError(
        code: node["values"] == nil ? "missing" : "not-numbers",
        message: "'values' must be an array of numbers, null where one is missing.", path: "values")
    }
    guard let horizon = node["horizon"]?.integer else {
      throw ForecastQuestionError(
        code: node["horizon"] == nil ? "missing" : "not-a-count",
        message: "'horizon' must be a whole number of steps.", path: "horizon")
    }
    guard (0...ForecastQuestion.longestHorizon).contains(horizon) else {
      throw ForecastQuestionError(
        code: "out-of-range", message: "'horizon' must lie between 0 and \(ForecastQuestion.longestHorizon) steps.",
        path: "horizon")
    }
    var step = 3600.0
    if let given = node["step_seconds"], !given.isNull {
      guard let seconds = given.number, seconds > 0, seconds.isFinite else {
        throw ForecastQuestionError(
          code: "not-a-duration", message: "'step_seconds' must be a positive number of seconds.", path: "step_seconds")
      }
      step = seconds
    }
    var seasons: [Int] = []
    if let given = node["seasons"], !given.isNull {
      guard let numbers = given.numbers else {
        throw ForecastQuestionError(
          code: "not-numbers", message: "'seasons' must be an array of steps a season, as [24, 168].", path: "seasons")
      }
      for number in numbers {
        guard number >= 1, number <= 1e9, number == number.rounded(.down) else {
          throw ForecastQuestionError(
            code: "not-a-count", message: "A season is a whole number of steps from 1 up, as in [24, 168].",
            path: "seasons")
        }
        seasons.append(Int(number))
      }
      // An empty list means that there is none; the default is for a missing one.
      if seasons.isEmpty { seasons = [1] }
    }
    self.init(values: values, stepSeconds: step, horizon: horizon, seasons: seasons)
  }
}

extension ForecastAnswer {
  /// Names of ``levels`` and ``peakLevels`` in documents.
  public static let levelNames = ["q025", "q10", "q50", "q90", "q975", "q99"]
  public static let peakLevelNames = ["q50", "q90", "q95", "q99"]

  /// Writes the answer's fields into an open object.
  public func write(to json: inout JSONWriter) {
    json.key("mean")
    json.numbers(mean)
    for (name, path) in zip(ForecastAnswer.levelNames, quantiles) {
      json.key(name)
      json.numbers(path)
    }
    json.key("peak")
    json.object { json in
      for (name, value) in zip(ForecastAnswer.peakLevelNames, peak) {
        json.key(name)
        json.number(value)
      }
    }
    if let backtest {
      json.key("backtest")
      json.object { json in
        json.key("origins")
        json.integer(backtest.origins)
        json.key("mean_absolute_error")
        json.number(backtest.error)
        json.key("seasonal_naive_error")
        json.number(backtest.naiveError)
        json.key("peak_error")
        json.number(backtest.peakError)
      }
    }
    json.key("findings")
    json.array { json in for finding in findings { json.string(finding) } }
  }
}
