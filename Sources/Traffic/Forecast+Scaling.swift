import Quantities

extension Forecast {
  /// The same futures with every step a number of times as high: what the forecast of a history as many times as high says,
  /// since forecasting keeps proportions. Growth, lifts, shapes and doubts stay as they are, and so do the remarks about the
  /// history itself (``flatTop``, ``change``).
  ///
  /// - Parameter factor: positive and finite.
  public func scaled(by factor: Double) -> Forecast {
    precondition(factor > 0 && factor.isFinite, "demand is scaled by a positive number")
    guard factor != 1 else { return self }
    let ranges = ranges
    return Forecast(
      mid: mid.scaled(factor), confidence: confidence, peak: peak.scaled(factor), peakTime: peakTime,
      baselinePeak: baselinePeak.scaled(factor),
      dailyPeaks: dailyPeaks.map { DailyPeak(date: $0.date, peak: $0.peak.scaled(factor)) }, growthUsed: growthUsed,
      components: components.map { $0.scaled(factor) }, forecaster: forecaster, answer: answer?.scaled(factor),
      yearly: yearly, isYearUnseen: isYearUnseen, flatTop: flatTop, change: change, because: because,
      ranges: Deferred { ranges.value.scaled(factor) }, peakSamples: peakSamples.map { $0 * factor },
      baselinePeakSamples: baselinePeakSamples.map { $0 * factor }, model: model.scaled(factor),
      outlook: outlook.scaled(factor), dates: dates, draws: draws?.scaled(factor))
  }
}

extension TimeSeries where Value == RequestRate {
  fileprivate func scaled(_ factor: Double) -> Self { with(rawValues: rawValues.map { $0 * factor }) }
}

extension Estimate where Value == RequestRate {
  fileprivate func scaled(_ factor: Double) -> Self { mapped { $0 * factor } }
}

extension EventComponent {
  fileprivate func scaled(_ factor: Double) -> EventComponent {
    EventComponent(
      name: name, start: start, end: end, lift: lift, isAssumption: isAssumption, peak: peak * factor,
      baselinePeak: baselinePeak * factor, because: because)
  }
}

extension ForecastAnswer {
  fileprivate func scaled(_ factor: Double) -> ForecastAnswer {
    ForecastAnswer(
      mean: mean.map { $0 * factor }, quantiles: quantiles.map { $0.map { $0 * factor } },
      peak: peak.map { $0 * factor }, peakLow: peakLow * factor, findings: findings, weights: weights,
      backtest: backtest.map {
        ForecastBacktest(
          origins: $0.origins, error: $0.error * factor, naiveError: $0.naiveError * factor, peakError: $0.peakError)
      })
  }
}

extension PathModel {
  fileprivate func scaled(_ factor: Double) -> PathModel {
    var model = self
    model.base = base.map { $0 * factor }
    model.calibration = calibration.map {
      PeakCalibration(
        days: $0.days, plain: $0.plain.map { $0 * factor }, peaks: $0.peaks.map { $0 * factor }, factors: $0.factors)
    }
    return model
  }
}
