Redoc.init(
  "/openapi.json",
  { expandResponses: "200,201", requiredPropsFirst: true, sortEnumValuesAlphabetically: false },
  document.getElementById("redoc"),
);
