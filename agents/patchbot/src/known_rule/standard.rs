//! Names of standard libraries that can mean one thing only.

/// Names of Python's `typing` that no program uses for something of its own.
pub(super) fn is_typing_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "Any",
        "AnyStr",
        "Awaitable",
        "Callable",
        "ClassVar",
        "Coroutine",
        "DefaultDict",
        "Deque",
        "Dict",
        "Final",
        "FrozenSet",
        "Generator",
        "Generic",
        "Iterable",
        "Iterator",
        "List",
        "Literal",
        "Mapping",
        "MutableMapping",
        "NamedTuple",
        "NewType",
        "NoReturn",
        "Optional",
        "ParamSpec",
        "Protocol",
        "Sequence",
        "Tuple",
        "TypedDict",
        "TypeVar",
        "Union",
        "TYPE_CHECKING",
    ];
    NAMES.contains(&name)
}

/// Go's packages that are imported under a name no other package of the
/// standard library has. `rand` and `template` have two each.
pub(super) fn go_package(name: &str) -> Option<&'static str> {
    const PATHS: &[&str] = &[
        "bufio",
        "bytes",
        "context",
        "embed",
        "errors",
        "expvar",
        "flag",
        "fmt",
        "io",
        "log",
        "maps",
        "math",
        "os",
        "path",
        "reflect",
        "regexp",
        "runtime",
        "slices",
        "sort",
        "strconv",
        "strings",
        "sync",
        "syscall",
        "testing",
        "time",
        "unicode",
        "archive/tar",
        "archive/zip",
        "compress/gzip",
        "container/heap",
        "container/list",
        "crypto/hmac",
        "crypto/md5",
        "crypto/sha1",
        "crypto/sha256",
        "crypto/sha512",
        "crypto/tls",
        "crypto/x509",
        "database/sql",
        "encoding/base64",
        "encoding/binary",
        "encoding/csv",
        "encoding/hex",
        "encoding/json",
        "encoding/xml",
        "go/ast",
        "go/parser",
        "go/token",
        "hash/crc32",
        "hash/fnv",
        "io/fs",
        "log/slog",
        "math/big",
        "math/bits",
        "net/http",
        "net/http/httptest",
        "net/url",
        "os/exec",
        "os/signal",
        "path/filepath",
        "runtime/debug",
        "sync/atomic",
        "text/tabwriter",
        "unicode/utf8",
    ];
    let last = |path: &&&str| path.rsplit('/').next() == Some(name);
    PATHS.iter().find(last).copied()
}

/// Modules of Python's library whose names stand for nothing else.
pub(super) fn python_module(name: &str) -> bool {
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "abc", "argparse", "ast", "asyncio", "atexit", "base64", "bisect", "calendar",
        "collections", "configparser", "contextlib", "copy", "csv", "dataclasses", "datetime",
        "decimal", "difflib", "enum", "errno", "fnmatch", "fractions", "functools", "getpass",
        "glob", "gzip", "hashlib", "heapq", "hmac", "importlib", "inspect", "io", "itertools",
        "json", "logging", "math", "mimetypes", "multiprocessing", "operator", "os", "pathlib",
        "pickle", "platform", "pprint", "queue", "random", "re", "secrets", "shlex", "shutil",
        "signal", "socket", "sqlite3", "statistics", "string", "struct", "subprocess", "sys",
        "tarfile", "tempfile", "textwrap", "threading", "time", "timeit", "traceback", "types",
        "typing", "unittest", "urllib", "uuid", "warnings", "weakref", "zipfile", "zlib",
    ];
    NAMES.binary_search(&name).is_ok()
}

/// The module of Python's library that a name is always imported from.
pub(super) fn python_member(name: &str) -> Option<&'static str> {
    if is_typing_name(name) {
        return Some("typing");
    }
    Some(match name {
        "ABC" | "abstractmethod" | "ABCMeta" => "abc",
        "Counter" | "OrderedDict" | "defaultdict" | "deque" | "namedtuple" => "collections",
        "contextmanager" | "suppress" => "contextlib",
        "deepcopy" => "copy",
        "dataclass" => "dataclasses",
        "datetime" | "timedelta" | "timezone" => "datetime",
        "Decimal" => "decimal",
        "Enum" | "IntEnum" | "StrEnum" => "enum",
        "Fraction" => "fractions",
        "cached_property" | "lru_cache" | "partial" | "wraps" => "functools",
        "BytesIO" | "StringIO" => "io",
        "Path" | "PurePath" => "pathlib",
        "TemporaryDirectory" | "NamedTemporaryFile" => "tempfile",
        "MagicMock" => "unittest.mock",
        "uuid4" => "uuid",
        _ => return None,
    })
}

/// The package of Java's library that has the only class of this name that
/// people mean.
pub(super) fn java_package(name: &str) -> Option<&'static str> {
    Some(match name {
        "ArrayDeque" | "ArrayList" | "Arrays" | "Collection" | "Collections" | "Comparator"
        | "Deque" | "EnumMap" | "HashMap" | "HashSet" | "Iterator" | "LinkedHashMap"
        | "LinkedHashSet" | "LinkedList" | "List" | "Locale" | "Map" | "Objects" | "Optional"
        | "PriorityQueue" | "Queue" | "Random" | "Scanner" | "Set" | "Stack" | "StringJoiner"
        | "TreeMap" | "TreeSet" | "UUID" => "java.util",
        "AtomicInteger" | "AtomicLong" => "java.util.concurrent.atomic",
        "CompletableFuture" | "ConcurrentHashMap" | "ExecutorService" | "Executors"
        | "TimeUnit" => "java.util.concurrent",
        "BiFunction" | "Consumer" | "Function" | "Predicate" | "Supplier" => "java.util.function",
        "Collectors" | "IntStream" | "Stream" => "java.util.stream",
        "BufferedReader"
        | "File"
        | "FileReader"
        | "FileWriter"
        | "IOException"
        | "InputStream"
        | "InputStreamReader"
        | "OutputStream"
        | "PrintStream"
        | "UncheckedIOException" => "java.io",
        "Files" | "Path" | "Paths" => "java.nio.file",
        "StandardCharsets" => "java.nio.charset",
        "Duration" | "Instant" | "LocalDate" | "LocalDateTime" | "ZonedDateTime" => "java.time",
        "BigDecimal" | "BigInteger" => "java.math",
        _ => return None,
    })
}
