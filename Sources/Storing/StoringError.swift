import Quantities

/// The store cannot do what was asked: the world's fault, with a remedy.
public typealias StoringError = RoomFault<StoringFaults>
/// Names the room.
public enum StoringFaults {}

extension RoomFault<StoringFaults>.Code {
  /// The file cannot be opened or made.
  public static var cannotOpen: Self { Self("cannot open") }
  /// The file is no database at all.
  public static var notADatabase: Self { Self("not a database") }
  /// The file is a database of another program.
  public static var foreign: Self { Self("foreign database") }
  /// The file was written by a newer version of this program.
  public static var tooNew: Self { Self("too new") }
  /// The file is damaged.
  public static var damaged: Self { Self("damaged") }
  /// The file or its folder cannot be written.
  public static var readOnly: Self { Self("read-only") }
  /// Another process holds the file for too long.
  public static var locked: Self { Self("locked") }
  /// No space is left.
  public static var diskFull: Self { Self("disk full") }
  /// The value is larger than a database can hold.
  public static var tooLarge: Self { Self("too large") }
  /// Nothing of that name is there.
  public static var notFound: Self { Self("not found") }
  /// Reading or writing failed otherwise.
  public static var failed: Self { Self("failed") }
}
