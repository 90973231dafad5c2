"""Recipes: read-only parameters that the classifiers accept."""

import inspect

import pytest

import digitclf
from digitclf import recipes

CNN_RECIPES = ["ACCURATE", "LECTURE_CNN", "QUICK", "STANDARD"]


@pytest.mark.parametrize("name", recipes.__all__)
def test_recipe_is_read_only(name):
    recipe = getattr(recipes, name)
    before = dict(recipe)

    with pytest.raises(TypeError):
        recipe["epochs"] = 1
    with pytest.raises(AttributeError):
        recipe.update(epochs=1)
    for value in recipe.values():
        hash(value)  # no list or dict to change inside

    assert dict(recipe) == before


@pytest.mark.parametrize("name", CNN_RECIPES)
def test_recipe_for_the_cnn_becomes_its_parameters(name):
    recipe = getattr(recipes, name)

    clf = digitclf.CNNDigitClassifier(**recipe, random_state=0)

    assert recipe.items() <= clf.get_params().items()


def test_recipe_of_the_lecture_for_the_mlp_becomes_its_parameters():
    clf = digitclf.MLPDigitClassifier(**recipes.LECTURE_MLP)

    assert recipes.LECTURE_MLP.items() <= clf.get_params().items()


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("CNNDigitClassifier", "LECTURE_CNN"),
        ("MLPDigitClassifier", "LECTURE_MLP"),
    ],
)
def test_recipes_of_the_lecture_set_every_parameter_of_network_and_training(
    class_name, name
):
    estimator_class = getattr(digitclf, class_name)
    not_of_the_lecture = {
        *("validation_split", "checkpoint", "resume", "class_weight", "warm_start"),
        *("callbacks", "verbose", "random_state", "self", "routed"),
    }

    parameters = inspect.signature(estimator_class.__init__).parameters

    assert getattr(recipes, name).keys() == parameters.keys() - not_of_the_lecture


def test_recipe_with_replaced_parameters_can_be_fitted(mnist):
    quick = recipes.STANDARD | {"epochs": 1, "filters": (2, 2)}

    clf = digitclf.CNNDigitClassifier(**quick, random_state=0)
    clf.fit(mnist.X_train[:200], mnist.y_train[:200])

    assert clf.n_iter_ == 1
