//! The macros in which operations, their answers and the client are declared.

/// Declares operations: the argument struct, then the request line and the answers.
///
/// `= "id" path` names the argument (its key in tool arguments) and the place its value goes to:
/// `path`, `query`, `header`, `cookie`, each with the wire name and style in parentheses where they
/// differ from the argument's name and from OpenAPI's default; or a body: `json("media/type")`,
/// `form`, `text("media/type")`, `file("media/type")`, `multipart(..)`, and `optional(..)` with one
/// of them inside.
#[macro_export]
macro_rules! operations {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident $(: $default:ident)? $(new $parameters:tt)? {
            $($(#[$field_meta:meta])* pub $field:ident: $ty:ty = $argument:literal $place:ident $(($($detail:tt)*))?,)*
        }
        $method:ident $path:literal $(at $origin:literal)? as $id:literal security [$([$($scheme:literal),*]),*]
        $(with [$($constant:ident $constant_name:literal $constant_value:expr),*])?
        => $success:ident $(($($success_detail:tt)*))? $(as $accept:literal)?, $failure:ident $(($($failure_detail:tt)*))?;
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone $(, $default)?)]
        pub struct $name {
            $($(#[$field_meta])* #[doc = ""] #[doc = concat!("`", $argument, "`")] pub $field: $ty,)*
        }

        $crate::operation_constructor!($name [$($parameters)?] $($field)*);

        impl<'de> $crate::export::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::export::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                struct __Arguments;
                impl<'de> $crate::export::serde::de::Visitor<'de> for __Arguments {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("the arguments of ", $id))
                    }
                    fn visit_map<__A: $crate::export::serde::de::MapAccess<'de>>(
                        self,
                        mut map: __A,
                    ) -> ::std::result::Result<Self::Value, __A::Error> {
                        $(let mut $field: ::std::option::Option<$ty> = ::std::option::Option::None;)*
                        while let ::std::option::Option::Some(key) = map.next_key::<$crate::object::Key<'de>>()? {
                            match key.as_str() {
                                $($argument => $crate::object::read_some(&mut map, &mut $field),)*
                                _ => $crate::object::skip(&mut map),
                            }?;
                        }
                        ::std::result::Result::Ok($name { $($field: $crate::object::required($field, $argument)?,)* })
                    }
                }
                deserializer.deserialize_map(__Arguments)
            }
        }

        impl $crate::Operation for $name {
            type Success = $crate::answer!(type $success $(($($success_detail)*))?);
            type Failure = $crate::answer!(type $failure $(($($failure_detail)*))?);

            const INFO: &'static $crate::OperationInfo = &$crate::OperationInfo {
                id: $id,
                method: $crate::export::Method::$method,
                path: $path,
                segments: {
                    const COUNT: usize = $crate::operation::segment_count($path);
                    const SEGMENTS: [$crate::operation::Segment; COUNT] = $crate::operation::segments($path);
                    &SEGMENTS
                },
                origin: $crate::optional!($($origin)?),
                accept: $crate::answer!(accept $success $(($($success_detail)*))? $(as $accept)?),
                security: &[$(&[$($scheme),*]),*],
            };

            fn request(&self) -> ::std::result::Result<$crate::Request, $crate::EncodeError> {
                let route = $crate::request::Route::default();
                $(let route = $crate::operation_argument!(route route self.$field, $argument, $place $(($($detail)*))?);)*
                let request = $crate::Request::routed(Self::INFO, &route)?;
                $($(let request = $crate::operation_argument!(constant request $constant $constant_name $constant_value);)*)?
                $(let request = $crate::operation_argument!(put request self.$field, $argument, $place $(($($detail)*))?);)*
                request.finish()
            }

            fn success(response: &$crate::Response) -> ::std::result::Result<Self::Success, $crate::DecodeError> {
                $crate::answer!(decode response $success $(($($success_detail)*))?)
            }

            fn failure(response: &$crate::Response) -> ::std::option::Option<Self::Failure> {
                $crate::answer!(decode response $failure $(($($failure_detail)*))?).ok()
            }
        }
    )*};
}

/// A literal that may be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! optional {
    () => {
        ::std::option::Option::None
    };
    ($value:literal) => {
        ::std::option::Option::Some($value)
    };
}

/// The constructor of an operation, where one is asked for.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_constructor {
    ($name:ident [] $($field:ident)*) => {};
    ($name:ident [($($parameter:ident: $ty:ty),* $(; $($absent:ident),*)?)] $($field:ident)*) => {
        impl $name {
            /// The required arguments; all others are absent.
            #[must_use]
            pub fn new($($parameter: $ty),*) -> Self {
                Self { $($parameter: ::std::convert::Into::into($parameter),)* $($($absent: ::std::option::Option::None,)*)? }
            }
        }
    };
}

/// Where the value of one argument goes.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_argument {
    (route $route:ident $value:expr, $argument:literal, path) => { $route.with($argument, $crate::encode::PathStyle::Simple, &$value)? };
    (route $route:ident $value:expr, $argument:literal, path($wire:literal)) => {
        $route.with($wire, $crate::encode::PathStyle::Simple, &$value)?
    };
    (route $route:ident $value:expr, $argument:literal, path($wire:literal $($style:tt)+)) => {
        $route.with($wire, $crate::encode::PathStyle::$($style)+, &$value)?
    };
    (route $route:ident $value:expr, $argument:literal, $place:ident $($detail:tt)?) => { $route };

    (put $request:ident $value:expr, $argument:literal, path $($detail:tt)?) => { $request };
    (put $request:ident $value:expr, $argument:literal, query) => {
        $request.parameter($argument, $crate::encode::QueryStyle::Form, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, query($wire:literal)) => {
        $request.parameter($wire, $crate::encode::QueryStyle::Form, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, query($wire:literal $style:ident)) => {
        $request.parameter($wire, $crate::encode::QueryStyle::$style, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, query($wire:literal $style:ident reserved)) => {
        $request.reserved_parameter($wire, $crate::encode::QueryStyle::$style, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, header) => {
        $request.header($argument, $crate::encode::HeaderStyle::Simple, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, header($wire:literal)) => {
        $request.header($wire, $crate::encode::HeaderStyle::Simple, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, header($wire:literal $style:ident)) => {
        $request.header($wire, $crate::encode::HeaderStyle::$style, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, cookie) => {
        $request.cookie($argument, $crate::encode::CookieStyle::Form, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, cookie($wire:literal)) => {
        $request.cookie($wire, $crate::encode::CookieStyle::Form, &$value)?
    };
    (put $request:ident $value:expr, $argument:literal, cookie($wire:literal $style:ident)) => {
        $request.cookie($wire, $crate::encode::CookieStyle::$style, &$value)?
    };

    (put $request:ident $value:expr, $argument:literal, json($($detail:tt)*)) => {
        $crate::operation_body!($request &$value, json($($detail)*))
    };
    (put $request:ident $value:expr, $argument:literal, form $(($($detail:tt)*))?) => {
        $crate::operation_body!($request &$value, form($($($detail)*)?))
    };
    (put $request:ident $value:expr, $argument:literal, text($($detail:tt)*)) => {
        $crate::operation_body!($request &$value, text($($detail)*))
    };
    (put $request:ident $value:expr, $argument:literal, file($($detail:tt)*)) => {
        $crate::operation_body!($request &$value, file($($detail)*))
    };
    (put $request:ident $value:expr, $argument:literal, multipart $(($($detail:tt)*))?) => {
        $crate::operation_body!($request &$value, multipart $(($($detail)*))?)
    };
    (put $request:ident $value:expr, $argument:literal, optional(form)) => {
        $crate::operation_argument!(put $request $value, $argument, optional(form()))
    };
    (put $request:ident $value:expr, $argument:literal, optional($($body:tt)*)) => {
        if let ::std::option::Option::Some(body) = &$value { $crate::operation_body!($request body, $($body)*) } else { $request }
    };

    (constant $request:ident query $name:literal $value:expr) => {
        $request.parameter($name, $crate::encode::QueryStyle::Form, &$value)?
    };
    (constant $request:ident header $name:literal $value:expr) => {
        $request.header($name, $crate::encode::HeaderStyle::Simple, &$value)?
    };
    (constant $request:ident cookie $name:literal $value:expr) => {
        $request.cookie($name, $crate::encode::CookieStyle::Form, &$value)?
    };
}

/// How a body is written.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_body {
    ($request:ident $body:expr, json($media:literal)) => { $request.json($media, $body)? };
    ($request:ident $body:expr, text($media:literal)) => { $request.text($media, $body)? };
    ($request:ident $body:expr, file($($media:literal),*)) => { $request.upload(&[$($media),*], $body)? };
    ($request:ident $body:expr, form($($name:literal $style:ident $($reserved:ident)?),*)) => {
        $request.form(&[$($crate::operation_body!(@member $name $style $($reserved)?)),*], $body)?
    };
    ($request:ident $body:expr, multipart) => { $request.multipart().parts($body)? };
    ($request:ident $body:expr, multipart($($kind:ident $($member:ident $wire:literal $($media:literal)?)?),*)) => {{
        let body = $body;
        let request = $request.multipart();
        $(let request = $crate::operation_body!(@part request body $kind $($member $wire $($media)?)?);)*
        request
    }};

    (@member $name:literal $style:ident) => {
        $crate::encode::FormMember { name: $name, style: $crate::encode::QueryStyle::$style, reserved: $crate::encode::Reserved::Encoded }
    };
    (@member $name:literal $style:ident reserved) => {
        $crate::encode::FormMember { name: $name, style: $crate::encode::QueryStyle::$style, reserved: $crate::encode::Reserved::Kept }
    };

    (@part $request:ident $body:ident part $member:ident $wire:literal) => {
        $request.part($wire, ::std::option::Option::None, &$body.$member)?
    };
    (@part $request:ident $body:ident part $member:ident $wire:literal $media:literal) => {
        $request.part($wire, ::std::option::Option::Some($media), &$body.$member)?
    };
    (@part $request:ident $body:ident deep $member:ident $wire:literal) => { $request.deep_part($wire, &$body.$member)? };
    (@part $request:ident $body:ident files $member:ident $wire:literal) => {
        $request.files($wire, ::std::option::Option::None, &$body.$member)?
    };
    (@part $request:ident $body:ident files $member:ident $wire:literal $media:literal) => {
        $request.files($wire, ::std::option::Option::Some($media), &$body.$member)?
    };
    (@part $request:ident $body:ident $rest:ident) => { $request.parts(&$body.$rest)? };
}

/// How an answer's body is read.
#[doc(hidden)]
#[macro_export]
macro_rules! answer {
    (type json($ty:ty)) => { $ty };
    (type optional_json($ty:ty)) => { ::std::option::Option<$ty> };
    (type text) => { ::std::string::String };
    (type binary) => { $crate::export::Bytes };
    (type empty) => { () };
    (type by_status($ty:ty)) => { $ty };

    (accept $kind:ident $(($ty:ty))? as $accept:literal) => { $accept };
    (accept json($ty:ty)) => { "application/json" };
    (accept optional_json($ty:ty)) => { "application/json" };
    (accept text) => { "text/*, */*;q=0.8" };
    (accept binary) => { "*/*" };
    (accept empty) => { "*/*" };
    (accept by_status($ty:ty)) => { "application/json, */*;q=0.8" };

    (decode $response:ident json($ty:ty)) => { $crate::decode::json($response) };
    (decode $response:ident optional_json($ty:ty)) => { $crate::decode::optional_json($response) };
    (decode $response:ident text) => { $crate::decode::text($response) };
    (decode $response:ident binary) => { $crate::decode::binary($response) };
    (decode $response:ident empty) => { $crate::decode::empty($response) };
    (decode $response:ident by_status($ty:ty)) => { <$ty>::decode($response) };
}

/// Declares answers that differ by status: `NotFound(types::Problem) = 404 json(types::Problem)`,
/// tried in order.
#[macro_export]
macro_rules! answers {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($variant:ident = $status:pat => $kind:ident $(($ty:ty))?,)*
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("Status ", stringify!($status))] $variant($crate::answer!(type $kind $(($ty))?)),)*
        }

        impl $name {
            /// Decodes the body as its status asks for.
            ///
            /// # Errors
            /// When the status is not declared, or the body is not what the document declares for
            /// it.
            pub fn decode(response: &$crate::Response) -> ::std::result::Result<Self, $crate::DecodeError> {
                #[allow(unreachable_patterns, reason = "a default answer catches every status")]
                match response.status.as_u16() {
                    $($status => $crate::answer!(decode response $kind $(($ty))?).map(Self::$variant),)*
                    _ => ::std::result::Result::Err($crate::DecodeError::new(response.status, "status is not declared", &response.body)),
                }
            }
        }
    )*};
}

/// Declares the typed client: one method for each operation, and streams where its list continues.
#[macro_export]
macro_rules! client {
    ($(#[$meta:meta])* pub struct $name:ident; $(
        $(#[$method_meta:meta])*
        $method:ident($operation:ty) $(pages $pages:ident all $all:ident)? $(stream $stream:ident)?,
    )*) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name {
            transport: ::std::sync::Arc<dyn $crate::Transport>,
        }

        impl $name {
            /// A client whose requests go through `transport`, which knows the origin and the
            /// credentials.
            #[must_use]
            pub fn new(transport: ::std::sync::Arc<dyn $crate::Transport>) -> Self {
                Self { transport }
            }

            $(
                $(#[$method_meta])*
                ///
                /// # Errors
                /// See [`Error`]($crate::Error).
                pub async fn $method(&self, arguments: &$operation) -> $crate::Outcome<$operation> {
                    $crate::send(&*self.transport, arguments).await
                }
                $(
                    /// The same, page by page, from the call given to the last page.
                    pub fn $pages(&self, arguments: $operation) -> $crate::page::Pages<'_, $operation> {
                        $crate::page::pages(&*self.transport, arguments)
                    }

                    /// The same, item by item across pages.
                    pub fn $all(&self, arguments: $operation) -> $crate::page::Items<'_, $operation> {
                        $crate::page::all(&*self.transport, arguments)
                    }
                )?
                $(
                    /// The same, with the answer's body left to be read piece by piece.
                    ///
                    /// # Errors
                    /// See [`Error`]($crate::Error).
                    pub async fn $stream(
                        &self,
                        arguments: &$operation,
                    ) -> ::std::result::Result<$crate::StreamingResponse, $crate::Error<<$operation as $crate::Operation>::Failure>> {
                        $crate::operation::stream(&*self.transport, arguments).await
                    }
                )?
            )*
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
