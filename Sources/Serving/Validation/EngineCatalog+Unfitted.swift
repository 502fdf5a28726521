import Catalogs

extension EngineCatalog {
  /// The same engines, chips and rules with round figures in place of every fitted constant: where a fit begins that must
  /// not have seen the figures that it is judged by.
  ///
  /// They are orders of magnitude: a step of a millisecond, a kernel launch of some ten microseconds, shares of the data
  /// sheet's peak of 60 % (compute) and 80 % (bandwidth), hops between cards of 8 microseconds, half of the links' rate,
  /// a share of the peak that goes with the root of the power.
  /// What an engine does not have (0) stays so; offsets go.
  public var unfitted: EngineCatalog {
    var common = arithmetic
    common.attention = 0.4
    common.fp4 = 1
    common.fp8 = 1
    common.experts = 0.8
    common.exchange = 5e-6
    common.power = 0.5
    common.smallHead = 0.5
    common.paceTail = 1.2
    common.sustainedAtPace = 0.95
    common.sustained = 0.95
    var result = replacing(common).replacing([MeasuredOffset]())
    for engine in engines {
      var plain = engine
      func put(_ path: WritableKeyPath<EngineProfile, Double>, _ value: Double) {
        if plain[keyPath: path] > 0 { plain[keyPath: path] = value }
      }
      put(\.perStep, 1e-3)
      put(\.perLayer, 30e-6)
      put(\.perExpertLayer, 20e-6)
      put(\.perLatentLayer, 10e-6)
      put(\.perPromptLayer, 100e-6)
      put(\.perPromptExpertLayer, 150e-6)
      put(\.perSequence, 5e-6)
      put(\.perPrompt, 1e-3)
      put(\.entry, 20e-3)
      put(\.perArrival, 1e-3)
      put(\.cold, 0.4)
      put(\.compute, 0.6)
      put(\.bandwidth, 0.8)
      put(\.cacheBandwidth, 0.7)
      put(\.narrow, 1)
      put(\.expertFactor, 1)
      put(\.perRoutedToken, 0.1e-6)
      result = result.replacing(plain)
    }
    for family in families {
      var plain = family
      plain.compute = 1
      plain.bandwidth = 1
      plain.hop = 8e-6
      plain.link = 0.5
      plain.cold = 1
      result = result.replacing(plain)
    }
    for version in versions {
      var plain = version
      plain.overheads = 1
      plain.bandwidth = 1
      plain.compute = 1
      result = result.replacing(plain)
    }
    return result
  }
}
